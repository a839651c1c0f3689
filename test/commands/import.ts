// Archives that become images: of every compression and from everywhere, and what is none.
import {execFileSync} from 'node:child_process';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {zstdCompressSync} from 'node:zlib';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type LayerEntry, makeLayer} from '../support/layer.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, testHost} from '../support/test-host.ts';

const test = suite('import');
const {image} = await serveBusybox(test);
const path = (name: string) => join(testHost.tmp, name);
let server: Server;
let address: string;

const entries: LayerEntry[] = [
  {name: 'etc/'},
  {name: 'etc/os', content: 'mine'},
  {name: 'big', content: Buffer.alloc(3e6)},
];
const {tar, blob: gzipped, diffId} = makeLayer(entries);

test.before(async () => {
  writeFileSync(path('root.tar'), tar);
  writeFileSync(path('root.tar.gz'), gzipped);
  writeFileSync(path('root.tar.zst'), zstdCompressSync(tar));
  for (const program of ['xz', 'bzip2']) execFileSync(program, ['-k', path('root.tar')]);
  server = createServer((request, response) => {
    if (request.url === '/moved') response.writeHead(302, {location: '/root.tar.gz?signature=secret'}).end();
    else if (request.url === '/loop') response.writeHead(302, {location: '/loop'}).end();
    else if (request.url?.startsWith('/root.tar.gz')) response.end(gzipped);
    else response.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

test.after(async () => {
  server.close();
  await assertHostClean();
});

const inspect = (name: string, format: string) => crundleOk(['image', 'inspect', '-f', format, name]);

for (const name of ['root.tar', 'root.tar.gz', 'root.tar.zst', 'root.tar.xz', 'root.tar.bz2']) {
  test(`${name} becomes an image whose layer is the plain archive`, async () => {
    const id = await crundleOk(['import', path(name)]);
    assert.match(id, /^sha256:[0-9a-f]{64}$/);
    const facts = '{{json .RootFS.Layers}} {{.Os}}/{{.Architecture}} {{.Comment}} {{json .Config.Cmd}}';
    assert.is(await inspect(id, facts), `["${diffId}"] linux/arm64 Imported from - null`);
    await crundleOk(['rmi', id]);
  });
}

test('standard input, a name, instructions, a message and a platform', async () => {
  const flags = ['-m', 'by hand', '--platform', 'linux/arm/v7', '-c', 'ENV A=1', '-c', 'CMD ["sh"]'];
  const child = execFileSync(process.env.SHELL || '/bin/sh', [
    '-c',
    `"$0" image import "$@" - own:1 <${path('root.tar.gz')}`,
    join(import.meta.dirname, '../../bin/crundle'),
    ...flags,
  ]);
  assert.is(await inspect('own:1', '{{.Id}}'), child.toString().trim());
  const facts = '{{.Architecture}}/{{.Variant}} {{.Comment}} {{json .Config.Env}} {{json .Config.Cmd}}';
  assert.is(await inspect('own:1', facts), 'arm/v7 by hand ["A=1"] ["sh"]');
  assert.is(
    await crundleOk(['history', '--format', '{{.CreatedBy}}|{{.Size}}|{{.Comment}}', 'own:1']),
    '|3MB|by hand',
  );
});

test('a web address, which may lead on; what is signed stays secret', async () => {
  const id = await crundleOk(['import', `${address}/moved`]);
  assert.is(
    await inspect(id, '{{json .RootFS.Layers}} {{.Comment}}'),
    `["${diffId}"] Imported from ${address}/moved`,
  );
});

test('a container goes through an archive and back', async () => {
  await crundleOk([
    'run',
    '--network',
    'none',
    '--name',
    'made',
    image,
    'sh',
    '-c',
    'echo x >/etc/x; rm /bin/yes',
  ]);
  await crundleOk(['export', '-o', path('made.tar'), 'made']);
  await crundleOk(['rm', 'made']);
  await crundleOk(['import', path('made.tar'), 'flat']);
  const found = await crundleOk([
    'run',
    '--rm',
    '--network',
    'none',
    'flat',
    'sh',
    '-c',
    'cat /etc/x; ls /bin/yes || true',
  ]);
  assert.is(found, 'x');
  const events = await crundleOk([
    'events',
    '--since',
    '1h',
    '--until',
    '0s',
    '--format',
    '{{.Type}} {{.Action}}',
  ]);
  assert.ok(events.includes('container export\n'));
  assert.ok(events.includes('image tag\nimage import'));
});

test('what is no archive, or not there, is refused, and nothing of it stays', async () => {
  writeFileSync(path('text'), 'no archive');
  writeFileSync(path('short.tar'), tar.subarray(0, 100_000));
  writeFileSync(path('short.tar.gz'), gzipped.subarray(0, 1000));
  writeFileSync(path('short.tar.xz'), readFileSync(path('root.tar.xz')).subarray(0, 300));
  writeFileSync(path('out.tar'), makeLayer([{name: '../out', content: 'x'}]).tar);
  const blobs = () => readdirSync(join(testHost.dataRoot, 'images/blobs/sha256')).sort();
  const before = [await crundleOk(['images', '-aq', '--no-trunc']), blobs()];
  const refusals: [string[], RegExp][] = [
    [[path('text')], /^Error: cannot import \S+\/text: the archive is cut short/],
    [[path('short.tar')], /^Error: cannot import \S+\/short\.tar: entry 'big': the archive is cut short/],
    [
      [path('short.tar.gz')],
      /^Error: cannot import \S+: its compressed data is damaged: unexpected end of file/,
    ],
    [[path('short.tar.xz')], /^Error: cannot import \S+: its compressed data is damaged: 'xz -dc' failed: /],
    [[path('out.tar')], /^Error: cannot import \S+: entry '\.\.\/out': '\.\.\/out' leads out of the layer/],
    [['/nonexistent'], /^Error: open \/nonexistent: no such file or directory/],
    [[testHost.tmp], /^Error: read \S+: is a directory\nHint: 'tar -C /],
    [
      [`${address}/absent?signature=secret`],
      /^Error: cannot download http:\/\/127\S+\/absent: the server answers with status 404/,
    ],
    [[`${address}/loop`], /^Error: cannot download \S+\/loop: it redirects more than 10 times/],
    [
      ['http://127.0.0.1:1/x'],
      /^Error: cannot download http:\/\/127\.0\.0\.1:1\/x: it refuses the connection/,
    ],
    [
      [path('root.tar'), 'Bad'],
      /^Error: invalid reference format: repository name \(library\/Bad\) must be lowercase/,
    ],
    [['-c', 'RUN x', path('root.tar')], /^Error: run is not a valid change command/],
    [['--platform', 'linux/a/b/c', path('root.tar')], /^Error: invalid platform 'linux\/a\/b\/c'/],
  ];
  for (const [args, message] of refusals) {
    const {stderr, status} = await crundle(['import', ...args]);
    assert.match(stderr, message);
    assert.is(status, 1, stderr);
    assert.not.match(stderr, /secret/);
  }
  assert.equal([await crundleOk(['images', '-aq', '--no-trunc']), blobs()], before);
  assert.equal(readdirSync(join(testHost.dataRoot, 'images/partial')), []);
});

test.run();
