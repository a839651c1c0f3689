// Wrong command lines of every kind, beside the real docker: the same exit code, a message that says what is wrong, and nothing
// changed. The lines and crundle's words for them are in wrong-lines.txt.
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {DockerComparison} from '../support/docker-comparison.ts';
import {dockerMissing} from '../support/docker-daemon.ts';
import {assertHostClean, crundle, saySkipped, testHost} from '../support/test-host.ts';

const test = suite('wrong lines');

/** Where the exit code is another one than that of Docker 28's client before Debian's daemon. */
const differences: Record<string, string> = {
  'run -v data IMAGE true': 'the old daemon takes a relative path; Docker 28 refuses it',
  'run --rm --device /dev/nonexistent --network none IMAGE true':
    'Docker exits with 127 for whatever says "no such file or directory", as if the command were missing',
  'run --cidfile /nonexistent/x IMAGE true':
    'Docker exits with 127 for whatever says "no such file or directory", as if the command were missing',
  'exec web nosuch': 'the old daemon exits with 126; newer ones with 127, as run does',
  'logs -n x web': 'Docker takes a number that is none for "all"',
};

interface WrongLine {
  line: string;
  status: number;
  stderr: string;
}

/** `$ LINE`, the exit code, and standard error: with IMAGE, ID and SHORT-ID for what is other each time. */
function wrongLines(): WrongLine[] {
  const text = readFileSync(join(import.meta.dirname, 'wrong-lines.txt'), 'utf8');
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((entry) => {
      const [, line = '', status = '', stderr = ''] = /^([^\n]*)\n(\d+)\n(.*)$/s.exec(entry) ?? [];
      return {line, status: Number(status), stderr: `${stderr.trimEnd()}\n`};
    });
}

/** Every row that commands write, but exit codes of what is gone, and every file but those of locks, events and SQLite. */
function state(): string[] {
  const {dataRoot, runRoot} = testHost;
  using database = new DatabaseSync(join(dataRoot, 'crundle.db'), {readOnly: true});
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name != 'removed_containers'")
    .all();
  const rows = tables.flatMap(({name}) =>
    database
      .prepare(`SELECT * FROM "${name}"`)
      .all()
      .map(
        (row) =>
          `${name}: ${JSON.stringify(row, (_key, value) => (typeof value === 'bigint' ? `${value}` : value))}`,
      ),
  );
  const find = spawnSync('find', [dataRoot, runRoot, '-xdev', '-printf', '%p %y %m %s\n'], {
    encoding: 'utf8',
  }).stdout;
  const changing =
    /\/(locks|events|docker|layers\/\w+|crundle\.db|nft-generation|store\.lock|index\.lock)|\.lock /;
  const files = find.split('\n').filter((entry) => !changing.test(entry) && !/ d /.test(entry));
  const host = spawnSync('sh', ['-c', 'ip -o link; nft list ruleset; ls /run/netns'], {
    encoding: 'utf8',
  }).stdout;
  return [...rows, ...files, host].sort();
}

const lines = wrongLines();

if (dockerMissing !== undefined) {
  saySkipped(`no comparison of exit codes: ${dockerMissing}`);
  test.skip('exit codes', () => undefined);
} else {
  let engines: DockerComparison;
  test.before(async () => {
    engines = await DockerComparison.start();
    engines.prepare(
      'run',
      '-d',
      '--name',
      'web',
      '--network',
      'none',
      '-v',
      'data:/data',
      engines.image,
      'sleep',
      '10000',
    );
    engines.prepare('create', '--name', 'made', '--network', 'none', engines.image, 'true');
    engines.prepare('network', 'create', 'mine');
    // Makes the rows of the networks that are always there.
    engines.prepare('network', 'ls');
  });
  test.after(async () => {
    for (const line of [
      ['rm', '-f', 'web', 'made'],
      ['volume', 'rm', 'data'],
      ['network', 'rm', 'mine'],
    ])
      engines.prepare(...line);
    await engines[Symbol.asyncDispose]();
    await assertHostClean();
  });

  for (const {line, status, stderr} of lines) {
    test(line, async () => {
      const args = line.split(' ').map((word) => (word === 'IMAGE' ? engines.image : word));
      const before = state();
      const ours = await crundle(args);
      assert.is(ours.status, status, ours.stderr);
      assert.is(masked(ours.stderr, engines.image), stderr);
      const after = state();
      const changed = [...new Set(before).symmetricDifference(new Set(after))];
      assert.equal(changed, [], 'something has changed');
      const docker = engines.askDocker(args);
      if (ours.stdout !== '') assert.is(ours.stdout, docker.stdout);
      if (Object.hasOwn(differences, line)) assert.is.not(docker.status, status, 'no difference any more');
      else assert.is(docker.status, status, `docker: ${docker.stderr}`);
    });
  }
}

function masked(text: string, image: string): string {
  return text
    .replaceAll(image, 'IMAGE')
    .replace(/\b[0-9a-f]{64}\b/g, 'ID')
    .replace(/\b[0-9a-f]{12}\b/g, 'SHORT-ID');
}

test('there are enough of them, each once, and of each difference', () => {
  assert.ok(lines.length >= 60, `${lines.length}`);
  assert.is(new Set(lines.map(({line}) => line)).size, lines.length);
  for (const line of Object.keys(differences))
    assert.ok(
      lines.some((one) => one.line === line),
      line,
    );
});

test.run();
