// `cp` beside the real Docker: each line by both, each in a folder and on containers of its own, and what they made.
import {spawn} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {DockerComparison} from '../support/docker-comparison.ts';
import {dockerMissing} from '../support/docker-daemon.ts';
import {assertHostClean, crundlePath, saySkipped, testHost} from '../support/test-host.ts';

const comparison = suite('cp as Docker does it');
const test = dockerMissing === undefined ? comparison : comparison.skip;
if (dockerMissing !== undefined) saySkipped(dockerMissing);
let both: DockerComparison;

type Engine = 'docker' | 'crundle';
const engines: readonly Engine[] = ['docker', 'crundle'];

interface Answer {
  status: number | null;
  stdout: string;
  refusal: string;
}

/** A shell line, with `$d` for the program, in the folder of one engine. */
async function ask(engine: Engine, line: string): Promise<Answer> {
  const folder = join(testHost.tmp, `by-${engine}`);
  mkdirSync(folder, {recursive: true});
  const d = engine === 'docker' ? 'docker' : crundlePath;
  const env = {...process.env, DOCKER_HOST: both.dockerHost, d, LC_ALL: 'C', TZ: 'UTC', IMAGE: both.image};
  const child = spawn('sh', ['-c', line], {cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe']});
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ]);
  return {status, stdout: looked(stdout, folder), refusal: refusalOf(stderr, folder)};
}

// Times of now are not the same, and Docker knows no fractions of seconds.
function looked(text: string, folder: string): string {
  return text
    .replaceAll(folder, 'HERE')
    .replace(/20(2[6-9]|[3-9]\d)-\d\d-\d\d \d\d:\d\d(:[\d.]+)?( \+0000)?/g, 'NOW');
}

// Docker's client logs what a broken pipe does to it, and the sockets that it leaves out.
function refusalOf(stderr: string, folder: string): string {
  const lines = stderr.replaceAll(folder, 'HERE').split('\n');
  const told = lines.filter((line) => line !== '' && !/^(time=|WARNING|Hint:)/.test(line)).join('\n');
  const words = told.replace(
    /^Error( response from daemon)?: (Error processing tar file\(exit status 1\): )?/,
    '',
  );
  return words.charAt(0).toLowerCase() + words.slice(1);
}

const setUp = `
  set -e
  mkdir -p tree/sub opt; echo hi >file; echo in >tree/in; ln -s in tree/link; ln tree/in tree/hard
  ln -s tree ltree; ln -s file lfile; ln -s nowhere dangling; mkfifo tree/fifo; mknod tree/null c 1 3
  echo deep >tree/sub/deep; chown 1234:1235 file tree/sub; chmod 4755 file; chmod 1777 tree/sub
  touch -h -d '2001-02-03 04:05:06' file tree/* tree/sub/* ltree lfile dangling opt tree
  tar cf plain.tar file tree; gzip -k plain.tar; tar cPf absolute.tar tree /etc/hostname
  $d create --name cc $IMAGE sleep 1000 >/dev/null
  $d create --name uu -u daemon $IMAGE sleep 1000 >/dev/null
  $d create --name ro --read-only -v vol:/vol -v rov:/rov:ro $IMAGE sleep 1000 >/dev/null
  $d create --name rr -v vol:/vol -v "$PWD/opt:/bound" $IMAGE sleep 1000 >/dev/null
  $d start rr >/dev/null
  $d exec rr sh -c 'ln -s /etc/hostname /toname; ln -s /etc /toetc; ln -s ../../../../../../etc/passwd /up; ln -s /vol/none /tonone'
  $d cp tree cc:/t
`;

const answers = new Map<Engine, Map<string, Answer>>();

comparison.before(async () => {
  if (dockerMissing !== undefined) return;
  both = await DockerComparison.start();
  // Each engine one line after the other, both engines at the same time.
  await Promise.all(
    engines.map(async (engine) => {
      const {status, refusal} = await ask(engine, setUp);
      assert.is(status, 0, `${engine}: ${refusal}`);
      const found = new Map<string, Answer>();
      answers.set(engine, found);
      for (const line of lines) found.set(line, await ask(engine, line));
    }),
  );
});

comparison.after(async () => {
  if (dockerMissing !== undefined) return;
  for (const engine of engines) await ask(engine, '$d rm -f cc uu ro rr; $d volume rm vol rov; rm -rf ./*');
  await both[Symbol.asyncDispose]();
  await assertHostClean();
});

const list = (what: string) => `$d cp ${what} - | tar tv --numeric-owner -f -`;

/** Lines in their order: later ones meet what earlier ones have made. */
const lines = [
  // into a container
  '$d cp file cc:/t/file1',
  '$d cp -a file cc:/t/file2',
  '$d cp tree cc:/t/new',
  '$d cp tree cc:/t/new',
  '$d cp tree/. cc:/t/content',
  '$d cp ltree cc:/t/l1',
  '$d cp ltree/ cc:/t/l2',
  '$d cp -L ltree cc:/t/l4',
  '$d cp -L lfile cc:/t/l6',
  '$d cp dangling cc:/t/l7',
  '$d cp -L dangling cc:/t/l8',
  '$d cp file cc:/t/missing/',
  '$d cp file cc:/t/missing/x',
  '$d cp tree cc:/t/file1',
  '$d cp file cc:/t/file1/',
  '$d cp tree cc:/t/file1/',
  '$d cp nofile cc:/t',
  '$d cp file/ cc:/t',
  'mkdir -p clash/in && $d cp clash/. cc:/t',
  'mkdir -p clash2 && touch clash2/sub && $d cp clash2/. cc:/t',
  '$d cp file rr:/up && $d cp rr:/etc/passwd -| tar tv --numeric-owner -f -',
  '$d cp file rr:/tonone',
  '$d cp file rr:/toetc && $d cp rr:/etc/file - | tar tv --numeric-owner -f -',
  '$d cp file rr:/vol/x && $d cp rr:/vol/x - | tar tv --numeric-owner -f -',
  '$d cp file rr:/bound/x && ls -ln opt | tail -n 1',
  '$d cp file ro:/x',
  '$d cp file ro:/rov/x',
  '$d cp file ro:/vol/y',
  '$d cp -a file uu:/mine && $d cp uu:/mine - | tar tv --numeric-owner -f -',
  '$d cp file uu:/theirs && $d cp uu:/theirs - | tar tv --numeric-owner -f -',
  // an archive into a container
  '$d cp - cc:/t/l2 <plain.tar.gz',
  '$d cp - cc:/t <absolute.tar',
  '$d cp - cc:/t/file1 <plain.tar',
  // out of a container
  '$d cp cc:/t/file1 out1 && ls -ln out1',
  '$d cp cc:/t/new out2',
  '$d cp cc:/t/new out2',
  '$d cp cc:/t/new/. out2/sub',
  '$d cp cc:/t/new file',
  '$d cp cc:/t/file1 /nodir/x',
  '$d cp cc:/t/new absent/x',
  '$d cp cc:/t/file1 /dev/null',
  '$d cp cc:/absent .',
  '$d cp -L rr:/toname - | tar t',
  '$d cp rr:/toname byname && readlink byname',
  '$d cp -L rr:/toetc etc && ls etc/passwd',
  '$d cp rr:/toetc/passwd - | tar tv --numeric-owner -f -',
  '$d cp -L rr:/tonone none',
  '$d cp rr:/etc/hostname - | tar x && grep -Ec "^[0-9a-f]{12}$" hostname',
  '$d pause rr && $d cp rr:/vol/x paused && $d cp file rr:/vol/z && $d unpause rr && ls -ln paused',
  '$d container cp cc:/t/file1 out3 && cat out3',
  // neither
  '$d cp cc:/a uu:/b',
  '$d cp a b',
  '$d cp ./cc:/a b',
  '$d cp "" b',
  '$d cp b ""',
  '$d cp file absent:/x',
  // what has come of it
  ...['cc:/t', 'cc:/t/new/.', 'cc:/t/l2/', 'rr:/vol', 'ro:/vol', 'cc:/t/link', 'cc:/t/null'].map(list),
  'find . -not -name "*.tar*" -not -path "./etc*" -printf "%P %M %U:%G %s %l\\n" | sort',
];

/** Where crundle names more than Docker does. */
const otherwise = new Map<string, RegExp>([
  ['$d cp -L dangling cc:/t/l8', /: no such file or directory$/],
  ['$d cp file/ cc:/t', /not a directory$/],
]);

for (const line of lines) {
  test(`the same: ${line}`, () => {
    const [docker, ours] = engines.map((engine) => answers.get(engine)?.get(line));
    assert.ok(docker && ours);
    const words = otherwise.get(line);
    if (words === undefined) return assert.equal(ours, docker);
    assert.is(ours.status, docker.status);
    assert.match(ours.refusal, words);
    assert.match(docker.refusal, words);
  });
}

comparison.run();
