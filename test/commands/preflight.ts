// Programs that cannot run, in real containers and in images that are pulled: what a person is told, and the exit code.
import {copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {makeElf} from '../support/elf-file.ts';
import {FakeRegistry} from '../support/fake-registry.ts';
import {makeImage} from '../support/image.ts';
import {makeLayer} from '../support/layer.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, testHost} from '../support/test-host.ts';

const test = suite('preflight of commands');
const {image} = await serveBusybox(test);
const folder = join(testHost.tmp, 'programs');
let registry: FakeRegistry;

test.before(async () => {
  mkdirSync(folder);
  registry = await FakeRegistry.start();
  await crundleOk(['run', '-d', '--name', 'live', '-v', `${folder}:/t`, image, 'sleep', '1000']);
  await crundleOk(['cp', 'live:/bin/busybox', join(folder, 'busybox')]);
  const busybox = readFileSync(join(folder, 'busybox'));
  const program = (name: string, content: string | Buffer) =>
    writeFileSync(join(folder, name), content, {mode: 0o755});
  program('cut', busybox.subarray(0, busybox.length / 2));
  program('empty', '');
  const riscv = Buffer.from(busybox);
  riscv.writeUInt16LE(243, 18);
  program('riscv', riscv);
  program('dynamic', makeElf({machine: 183, interpreter: '/lib/ld-linux-aarch64.so.1'}));
  program('windows', '#!/bin/sh\r\necho hello\r\n');
  program('python', '#!/usr/bin/python3\n');
  program('argument', '#!/bin/sh -e\r\n');
  writeFileSync(join(folder, 'private'), '#!/bin/sh -e\r\n', {mode: 0o700});
  program('text', 'echo hello\n');
  program('script', '#!/bin/sh\nexec /t/busybox echo fine\n');
  copyFileSync('/bin/true', join(folder, 'true'));
});
test.after(async () => {
  await crundleOk(['rm', '-f', 'live']);
  await registry[Symbol.asyncDispose]();
  rmSync(folder, {recursive: true});
  await assertHostClean();
});

/** What run and exec both say, and exit with. */
const refused: [name: string, exitCode: number, words: RegExp][] = [
  [
    'cut',
    126,
    /exec format error: \/t\/cut is damaged: it is cut short: \d+ bytes of at least \d+\nHint: it was built so/,
  ],
  ['empty', 126, /exec format error: \/t\/empty is empty\n/],
  [
    'riscv',
    126,
    /\/t\/riscv is for riscv64 \(RISC-V\), and this machine runs a\w+64\nHint: .*--platform.*qemu-user-static/,
  ],
  [
    'dynamic',
    127,
    /needs the loader \/lib\/ld-linux-aarch64.so.1, which is not there\nHint: it was built for glibc/,
  ],
  ['windows', 127, /ends as under Windows .*\nHint: .*sed -i/],
  ['python', 127, /\/t\/python needs the interpreter \/usr\/bin\/python3, which is not there\n/],
  ['text', 126, /\/t\/text is text without a #! line\n/],
  [
    'true',
    process.arch === 'x64' ? 127 : 126,
    process.arch === 'x64' ? /needs the loader \/lib64\/ld-linux-x86-64.so.2/ : /is for amd64 \(x86-64\)/,
  ],
];

for (const [name, exitCode, words] of refused) {
  test(`run and exec refuse it: ${name}`, async () => {
    const [run, exec] = await Promise.all([
      crundle(['run', '--rm', '-v', `${folder}:/t`, image, `/t/${name}`]),
      crundle(['exec', 'live', `/t/${name}`]),
    ]);
    for (const {status, stderr, stdout} of [run, exec]) {
      assert.match(stderr, words);
      assert.is(stderr.startsWith(`Error: exec: "/t/${name}": `), true, stderr);
      assert.is(stderr.split('\n').length, 3, stderr);
      assert.equal([status, stdout], [exitCode, '']);
    }
  });
}

test('whole programs run', async () => {
  assert.is(await crundleOk(['run', '--rm', '-v', `${folder}:/t`, image, '/t/script']), 'fine');
  assert.is(await crundleOk(['exec', '-d', 'live', '/t/script']), '');
});

test('a doubt is told before the command runs, and stands in the error when that cannot be executed', async () => {
  const words = 'the first line of /t/argument ends as under Windows';
  const {stderr, status} = await crundle(['run', '--rm', '-v', `${folder}:/t`, image, '/t/argument']);
  assert.is(stderr.startsWith(`WARNING: ${words}`), true, stderr);
  assert.is(status, 2);
  await crundle(['run', '--name', 'private', '-u', '1000', '-v', `${folder}:/t`, image, '/t/private']);
  const error = await crundleOk(['inspect', '-f', '{{.State.ExitCode}} {{.State.Error}}', 'private']);
  assert.match(error, /^126 exec: "\/t\/private": permission denied: the first line of \/t\/private ends/);
  await crundleOk(['rm', 'private']);
});

test('a refused start leaves the container as it was, with the reason', async () => {
  await crundleOk(['create', '--name', 'never', '-v', `${folder}:/t`, image, '/t/empty']);
  assert.is((await crundle(['start', 'never'])).status, 1);
  const state = await crundleOk([
    'inspect',
    '-f',
    '{{.State.Status}} {{.State.ExitCode}} {{.State.Error}}',
    'never',
  ]);
  assert.is(state, 'created 126 exec: "/t/empty": exec format error: /t/empty is empty');
  await crundleOk(['rm', 'never']);
});

test('a detached exec is refused too', async () => {
  const {status, stderr} = await crundle(['exec', '-d', 'live', '/t/cut']);
  assert.equal([status, /is damaged: it is cut short/.test(stderr)], [126, true]);
});

/** An image for `architecture` whose command is this program. */
function serve(name: string, content: Buffer, architecture = 'arm64'): string {
  const layers = [
    makeLayer([{name: 'bin/'}, {name: 'bin/app', content: 'replaced', mode: 0o755}]),
    makeLayer([{name: 'bin/app', content, mode: 0o755}]),
  ];
  const config = {Env: ['PATH=/bin'], Cmd: ['app']};
  return registry.put(name, '1', makeImage({layers, platform: {os: 'linux', architecture}, config}));
}

/** What the store has beside the names of images. */
const stored = () =>
  ['images/blobs/sha256', 'layers'].map((name) => readdirSync(join(testHost.dataRoot, name)).sort());

test('a pull refuses an image that is damaged, or not what it says', async () => {
  const before = stored();
  const cut = serve('cut', makeElf({machine: 183, dataBytes: 9000}).subarray(0, 5000));
  const damaged = await crundle(['pull', '-q', cut]);
  assert.match(
    damaged.stderr,
    /^Error: .*\/cut:1: \/bin\/app is damaged: it is cut short: 5000 bytes of at least \d+\nHint: /,
  );
  const wrong = await crundle(['pull', '-q', serve('wrong', makeElf({machine: 62}))]);
  assert.match(
    wrong.stderr,
    /\/wrong:1: \/bin\/app is for amd64 \(x86-64\), but the image says that it is for arm64\nHint: /,
  );
  assert.equal([damaged.status, wrong.status], [1, 1]);
  assert.not.match(await crundleOk(['images']), /cut|wrong/);
  assert.equal(stored(), before);
});

test('an architecture that nobody knows contradicts nothing', async () => {
  const name = serve('odd', makeElf({machine: 62}), 'made-up');
  const {status, stderr} = await crundle(['pull', '-q', '--platform', 'linux/made-up', name]);
  assert.is(status, 0, stderr);
  await crundleOk(['rmi', name]);
});

test('a pull warns of what cannot run here, and takes it', async () => {
  const name = serve('other', makeElf({machine: 243}), 'riscv64');
  const {status, stderr, stdout} = await crundle(['pull', '-q', '--platform', 'linux/riscv64', name]);
  assert.is(status, 0, stderr);
  assert.match(
    stderr,
    /^WARNING: .*\/other:1: \/bin\/app is for riscv64 \(RISC-V\), and this machine runs a\w+64; .*\n$/,
  );
  assert.match(stdout, /\/other:1\n$/);
  await crundleOk(['rmi', name]);
});

test.run();
