// What a container has changed, beside the real Docker: the same changes made in both.
import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {DockerComparison} from '../support/docker-comparison.ts';
import {dockerMissing} from '../support/docker-daemon.ts';
import {assertHostClean, crundleOk, saySkipped, testHost} from '../support/test-host.ts';

const comparison = suite('changes as Docker has them');
const test = dockerMissing === undefined ? comparison : comparison.skip;
if (dockerMissing !== undefined) saySkipped(dockerMissing);
let both: DockerComparison;

// Every kind of change: to what the image has (/usr, /etc, /bin, /var, /home) and beside it.
const script = `
set -e; umask 022
echo user:x:1000:1000::/:/bin/sh >>/etc/passwd; echo new >/etc/new; touch -d @1000000000 /etc/group
rm -r /var/www; rm -r /var/spool; mkdir /var/spool; echo new >/var/spool/new
mv /usr/sbin /usr/moved; chmod 700 /home; chown 5:6 /root; rm -r /tmp; echo file >/tmp
mkdir -p /new/deep; echo 1 >/new/deep/n; ln /new/deep/n /new/deep/m; ln -s /nowhere /new/s; mkfifo /new/fifo
mknod /new/null c 1 3; rm /bin/yes; rm /bin/zcat; mkdir /bin/zcat; echo x >/bin/zcat/x
ln /etc/new /etc/again; mkdir /sbin/kept; rmdir /sbin/kept; echo v >/vol/in; echo t >/tmpfs/in
ln /bin/xz /home/xz; chmod 4755 /new/deep/n; mkdir -m 1777 /new/sticky`;

const options = [
  '-e',
  'A=1',
  '-w',
  '/home',
  '-u',
  '5',
  '-l',
  'a=b',
  '--expose',
  '80',
  '--stop-signal',
  'INT',
];

comparison.before(async () => {
  if (dockerMissing !== undefined) return;
  both = await DockerComparison.start();
  const mounts = ['-v', '/vol', '--tmpfs', '/tmpfs'];
  both.prepare('run', '--network', 'none', '--name', 'changed', ...mounts, both.image, 'sh', '-c', script);
  both.prepare('create', '--name', 'unchanged', ...options, both.image, 'true');
});

comparison.after(async () => {
  if (dockerMissing !== undefined) return;
  both.ask(['rm', '-v', 'changed', 'unchanged']);
  await both[Symbol.asyncDispose]();
  await assertHostClean();
});

// Docker has the names of a folder in the order of chance.
const ordered = (text: string) => text.split('\n').sort().join('\n');

const lines: [string[], ((text: string) => string)?][] = [
  [['diff', 'changed'], ordered],
  [['container', 'diff', 'unchanged']],
];

for (const [args, look] of lines) test(`the same: ${args.join(' ')}`, () => both.same(args, look));

/** The topmost layer of a saved image. */
function topLayer(archive: string): string {
  const folder = `${archive}.d`;
  mkdirSync(folder);
  execFileSync('tar', ['-xf', archive, '-C', folder]);
  const [{Layers: layers}] = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  return join(folder, layers.at(-1));
}

/** Type, mode, owner, size and name of each entry, but those of the places for Docker's and crundle's own files. */
function entriesOf(archive: string): string[] {
  const own =
    /^(\.dockerenv|dev\/.+|proc|sys|etc\/(hosts|hostname|resolv\.conf|mtab -> \S+))\/?$|^(vol|tmpfs)\/$/;
  return execFileSync('tar', ['--numeric-owner', '-tvf', archive], {encoding: 'utf8'})
    .split('\n')
    .map((line) => /^(\S+ \S+) +(\S+) \S+ \S+ (.*)$/.exec(line)?.slice(1) ?? [])
    .filter(([, , name = '']) => name !== '' && !own.test(name))
    .map((fields) => fields.join(' '));
}

test('an archive of all files has the same entries in the same order', async () => {
  const [theirs, ours] = ['docker.tar', 'crundle.tar'].map((name) => join(testHost.tmp, name));
  assert.is(both.askDocker(['export', '-o', `${theirs}`, 'changed']).status, 0);
  await crundleOk(['container', 'export', '--output', `${ours}`, 'changed']);
  const expected = entriesOf(`${theirs}`);
  assert.ok(expected.length > 250, String(expected.length));
  assert.equal(entriesOf(`${ours}`), expected);
});

test('the layer of a commit has the same entries in the same order', async () => {
  both.prepare('commit', '-m', 'a message', '-a', 'Ada', 'changed', 'committed:1');
  const [theirs, ours] = ['docker-image.tar', 'crundle-image.tar'].map((name) => join(testHost.tmp, name));
  assert.is(both.askDocker(['save', '-o', `${theirs}`, 'committed:1']).status, 0);
  await crundleOk(['save', '-o', `${ours}`, 'committed:1']);
  const expected = entriesOf(topLayer(`${theirs}`));
  assert.ok(expected.some((entry) => entry.endsWith(' var/spool/.wh..wh..opq')));
  assert.equal(entriesOf(topLayer(`${ours}`)), expected);
});

const configFields = [
  'Env',
  'Cmd',
  'Entrypoint',
  'Volumes',
  'Labels',
  'WorkingDir',
  'User',
  'ExposedPorts',
  'OnBuild',
];
const wholeConfig = configFields.map((name) => `{{json .Config.${name}}}`).join('\n');
const empty = (text: string) => text.replaceAll('{}', 'null').replace('null/tcp', '');

const configs: string[][] = [
  [],
  ['ENV B=$A"x y" "E F"=g', 'LABEL c "d"', 'CMD x y', 'WORKDIR sub/../dir', 'EXPOSE 90/udp', 'USER $A'],
  ['ENTRYPOINT ["x"]', 'ONBUILD RUN x  y', 'VOLUME /a ["/b"]', 'VOLUME ["/c d"]'],
  ['HEALTHCHECK --interval=5s CMD ["x"]'],
];

for (const [index, changes] of configs.entries()) {
  test(`the same config: ${changes.join(' | ') || 'of the container'}`, () => {
    const name = `config:${index}`;
    both.prepare('commit', ...changes.flatMap((change) => ['-c', change]), 'unchanged', name);
    both.same(['image', 'inspect', '-f', wholeConfig, name], empty);
    both.same([
      'image',
      'inspect',
      '-f',
      '{{.Author}} {{.Comment}} {{.Os}}/{{.Architecture}} {{len .RootFS.Layers}}',
      name,
    ]);
  });
}

test('an archive of all files becomes the same image in both', () => {
  both.prepare(
    'import',
    '-c',
    'ENV A=1 B=$A',
    '-c',
    'CMD ["sh"]',
    join(testHost.tmp, 'docker.tar'),
    'imported',
  );
  both.same(['image', 'inspect', '-f', wholeConfig, 'imported'], empty);
  both.same(['image', 'inspect', '-f', '{{json .RootFS.Layers}} {{.Comment}} {{.Author}}', 'imported']);
  both.same(['history', '--format', '{{.CreatedBy}}|{{.Size}}|{{.Comment}}', 'imported']);
});

test('the same history of a committed image', () => {
  both.same(['history', '--format', '{{.CreatedBy}}|{{.Size}}|{{.Comment}}', 'committed:1']);
});

const ages = (text: string) => text.replace(/\d+ (seconds?|years?) ago/g, '$1 AGO');

const histories: string[][] = [
  ['history'],
  ['image', 'history', '--no-trunc'],
  ['history', '--human=false'],
  ['history', '-q'],
  ['history', '--format', '{{.ID}} {{.CreatedAt}} {{.CreatedBy}} {{.Size}} {{.Comment}}'],
  ['history', '--format', 'table {{.CreatedBy}}\t{{.CreatedSince}}'],
];

for (const args of histories) {
  test(`the same: ${args.join(' ')} IMAGE`, () => both.same([...args, both.image], ages));
}

const refusals: [string[], RegExp][] = [
  [['commit', '-c', 'RUN x', 'changed'], /run is not a valid change command/],
  [['commit', '-c', 'ENV', 'changed'], /ENV requires at least one argument/],
  [
    ['commit', '-c', 'CMD [1]', 'changed'],
    /when using JSON array syntax, arrays must be comprised of strings only/,
  ],
  [
    ['commit', 'changed', 'Bad'],
    /invalid reference format: repository name must be lowercase|\(library\/Bad\) must be lowercase/,
  ],
  [['commit', 'absent'], /no such container/i],
  [['commit'], /requires at least 1/],
  [['import'], /requires at least 1/],
  [['import', '/nonexistent'], /open \/nonexistent: no such file or directory/],
  [['import', '-c', 'RUN x', '/dev/null'], /run is not a valid change command/],
  [['diff'], /requires exactly 1 argument|requires 1 argument/],
  [['diff', 'absent'], /no such container/i],
  [['export', 'absent'], /no such container/i],
  [['export', '-o', '/nonexistent/x', 'changed'], /failed to export container: invalid output path/],
  [['history'], /requires exactly 1 argument|requires 1 argument/],
  [['history', 'absent'], /no such image/i],
];

for (const [args, words] of refusals) {
  test(`refused: ${args.join(' ')}`, () => both.sameRefusal(args, words));
}

comparison.run();
