// What is found of programs before they run, in folders that stand for root filesystems and on machines of all kinds.
import {
  chmodSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {FileTree} from '../../src/storage/file-tree.ts';
import {type PreflightHost, type PreflightRequest, preflight} from '../../src/storage/preflight.ts';
import {reportForPull, reportForRun} from '../../src/storage/preflight-words.ts';
import {
  type BinaryFormat,
  formatFor,
  parseBinaryFormat,
  readPageSize,
} from '../../src/system/binary-formats.ts';
import {O} from '../../src/system/libc.ts';
import {makeElf} from '../support/elf-file.ts';
import {testHost} from '../support/test-host.ts';

const test = suite('preflight');
const root = join(testHost.tmp, 'root');
const loader = '/lib/ld-linux-aarch64.so.1';

const arm64: PreflightHost = {architecture: 'arm64', pageBytes: 4096, formats: () => []};

test.before.each(() => {
  put('bin/static', makeElf({machine: 183}));
  put('bin/dynamic', makeElf({machine: 183, interpreter: loader}));
  put(loader, makeElf({machine: 183}));
  put('bin/sh', makeElf({machine: 183}));
});
test.after.each(() => rmSync(root, {recursive: true}));

function put(path: string, content: string | Buffer, mode = 0o755): void {
  const file = join(root, path);
  mkdirSync(dirname(file), {recursive: true});
  writeFileSync(file, content);
  chmodSync(file, mode);
}

function find(command: string, host: Partial<PreflightHost> = {}, request: Partial<PreflightRequest> = {}) {
  const fd = openSync(root, O.path | constants.O_DIRECTORY);
  try {
    const all = {command, env: ['PATH=/usr/bin:/bin'], workingDir: '/', ...request};
    return preflight(FileTree.below(fd), all, {...arm64, ...host});
  } finally {
    closeSync(fd);
  }
}

const refusal = (
  command: string,
  host: Partial<PreflightHost> = {},
  request: Partial<PreflightRequest> = {},
) => {
  const report = reportForRun(find(command, host, request), {command, architecture: 'arm64'});
  return report.refusal && ([report.refusal.message, report.refusal.oclif.exit] as const);
};

test('nothing is found of what will run, or is not there at all', () => {
  for (const command of ['static', 'dynamic', '/bin/sh', 'absent', '/absent', './bin/sh', ''])
    assert.equal(find(command), [], command);
});

test('PATH, the working folder and links are those of the container', () => {
  put('opt/tool', '');
  assert.equal(find('tool', {}, {env: ['PATH=/bin:/opt']}), [{kind: 'empty', path: '/opt/tool'}]);
  assert.equal(find('./tool', {}, {workingDir: '/opt'}), [{kind: 'empty', path: '/opt/tool'}]);
  assert.equal(find('tool', {}, {env: ['PATH='], workingDir: '/opt'}), [{kind: 'empty', path: '/opt/tool'}]);
  symlinkSync('/opt/tool', join(root, 'bin/link'));
  symlinkSync('../../../../../../../../etc/passwd', join(root, 'bin/out'));
  assert.equal(find('link'), [{kind: 'empty', path: '/bin/link'}]);
  assert.equal(find('out'), []);
  chmodSync(join(root, 'opt/tool'), 0o644);
  assert.equal(find('/opt/tool'), []);
});

test('damage', () => {
  const whole = makeElf({machine: 183, dataBytes: 5000});
  put('bin/cut', whole.subarray(0, 4096));
  put('bin/header', whole.subarray(0, 30));
  put('bin/object', makeElf({machine: 183, type: 1}));
  put('bin/empty', '');
  assert.equal(refusal('cut'), [
    'exec: "cut": exec format error: /bin/cut is damaged: it is cut short: 4096 bytes of at least 5120',
    126,
  ]);
  assert.match(
    refusal('header')?.[0] ?? '',
    /\/bin\/header is damaged: it has 30 bytes, and its header alone more/,
  );
  assert.match(refusal('object')?.[0] ?? '', /it is an object file that was not linked/);
  assert.equal(refusal('empty'), ['exec: "empty": exec format error: /bin/empty is empty', 126]);
});

test('another architecture, and what would run it', () => {
  put('bin/amd64', makeElf({machine: 62}));
  const format = (fixed: boolean): BinaryFormat => ({
    name: 'qemu-x86_64',
    interpreter: '/usr/bin/qemu-x86_64-static',
    fixed,
    offset: 18,
    magic: Buffer.from([62, 0]),
    mask: undefined,
  });
  const found = reportForRun(find('amd64'), {command: 'amd64', architecture: 'arm64'}).refusal;
  assert.ok(found);
  assert.is(
    found.message,
    'exec: "amd64": exec format error: /bin/amd64 is for amd64 (x86-64), and this machine runs arm64',
  );
  assert.match(
    found.hint ?? '',
    /take the image for linux\/arm64 \(--platform\), or .* apt install qemu-user-static/,
  );
  assert.is(refusal('amd64', {formats: () => [format(true)]}), undefined);
  assert.is(refusal('amd64', {formats: () => undefined}), undefined);
  assert.match(
    refusal('amd64', {formats: () => [format(false)]})?.[0] ?? '',
    /its emulator \/usr\/bin\/qemu-x86_64-static is not in the container/,
  );
  put('usr/bin/qemu-x86_64-static', makeElf({machine: 183}));
  assert.is(refusal('amd64', {formats: () => [format(false)]}), undefined);
});

test('a loader that is missing, or for another machine', () => {
  rmSync(join(root, loader));
  assert.equal(refusal('dynamic'), [
    `exec: "dynamic": no such file or directory: /bin/dynamic needs the loader ${loader}, which is not there`,
    127,
  ]);
  put(loader, makeElf({machine: 62}));
  assert.match(refusal('dynamic')?.[0] ?? '', /ld-linux-aarch64.so.1 is for amd64/);
});

test('scripts', () => {
  put('bin/good', '#!/bin/sh\n');
  put('bin/blank', '#! \t/bin/sh -e\n');
  put('bin/nested', '#!/bin/good\n');
  put('bin/windows', '#!/bin/sh\r\necho\r\n');
  put('bin/argument', '#!/bin/sh -e\r\n');
  put('bin/missing', '#!/usr/bin/python3\n');
  put('bin/nothing', '#!\n');
  put('bin/text', 'echo hello\n');
  put('bin/bytes', Buffer.from([1, 2, 0, 3]));
  put('bin/loop', '#!/bin/loop\n');
  put('bin/broken', '#!/bin/cut\n');
  put('bin/cut', '');
  for (const name of ['good', 'blank', 'nested', 'loop']) assert.equal(find(name), [], name);
  assert.match(refusal('windows')?.[0] ?? '', /ends as under Windows .* would be '\/bin\/sh\\r'/);
  assert.equal(find('argument'), [{kind: 'carriage-return', path: '/bin/argument'}]);
  assert.match(
    refusal('missing')?.[0] ?? '',
    /needs the interpreter \/usr\/bin\/python3, which is not there/,
  );
  assert.is(refusal('missing')?.[1], 127);
  assert.match(refusal('nothing')?.[0] ?? '', /names no interpreter after its #!/);
  assert.match(refusal('text')?.[0] ?? '', /\/bin\/text is text without a #! line/);
  assert.match(refusal('bytes')?.[0] ?? '', /is no program that this kernel knows/);
  assert.match(refusal('broken')?.[0] ?? '', /\/bin\/cut is empty/);
});

test('what a handler or another runtime takes is left to it', () => {
  put('bin/app.jar', Buffer.from([80, 75, 3, 4, 0]));
  put('bin/module', Buffer.from('\0asm\x01', 'latin1'));
  const format = parseBinaryFormat('jar', 'enabled\ninterpreter /usr/bin/jexec\nflags: \nextension .jar\n');
  assert.ok(format);
  assert.equal(find('app.jar', {formats: () => [format]}), []);
  assert.equal(find('module'), []);
});

test('larger pages warn and never refuse', () => {
  put('bin/old', makeElf({machine: 183, align: 4096, data: '<jemalloc>: Unsupported system page size'}));
  for (const pageBytes of [16384, 65536]) {
    const report = reportForRun(find('old', {pageBytes}), {command: 'old', architecture: 'arm64'});
    assert.is(report.refusal, undefined);
    assert.match(
      report.warnings[0] ?? '',
      /laid out for pages of 4 KiB, and this kernel has pages of \d+ KiB/,
    );
    assert.match(report.warnings[1] ?? '', /uses jemalloc.*'Unsupported system page size'/);
  }
  assert.equal(find('old'), []);
  put('bin/fits', makeElf({machine: 183, align: 16384}));
  assert.equal(find('fits', {pageBytes: 16384}), []);
  assert.is(find('fits', {pageBytes: 65536}).length, 1);
});

test('a pull refuses damage and what contradicts the image, and warns of the rest', () => {
  put('bin/amd64', makeElf({machine: 62}));
  put('bin/arm', makeElf({machine: 40, bits: 32}));
  put('bin/empty', '');
  const pull = (command: string, declared: string) => {
    const {refusal: error, warnings} = reportForPull(find(command, {}, {declared}), {
      image: 'app',
      architecture: 'arm64',
    });
    return error ? [error.code, error.message] : warnings;
  };
  assert.equal(pull('amd64', 'arm64'), [
    'platform-mismatch',
    'app: /bin/amd64 is for amd64 (x86-64), but the image says that it is for arm64',
  ]);
  assert.match(
    pull('amd64', 'amd64')[0] ?? '',
    /^app: \/bin\/amd64 is for amd64 \(x86-64\), and this machine runs arm64/,
  );
  assert.equal(pull('empty', 'arm64'), ['image-damaged', 'app: /bin/empty is empty']);
  assert.is.not(pull('arm', 'arm64')[0], 'platform-mismatch');
  assert.equal(pull('static', 'arm64'), []);
});

test("the kernel's handlers", () => {
  const text = `enabled
interpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P
flags: PF
offset 0
magic 7f454c460201010000000000000000000200b700
mask ffffffffffffff00fffffffffffffffffeffffff
`;
  const format = parseBinaryFormat('qemu-aarch64', text);
  assert.ok(format?.fixed);
  const start = makeElf({machine: 183});
  assert.is(formatFor([format], {path: '/x', start}), format);
  assert.is(formatFor([format], {path: '/x', start: makeElf({machine: 62})}), undefined);
  assert.is(formatFor([format], {path: '/x', start: start.subarray(0, 10)}), undefined);
  assert.is(parseBinaryFormat('off', text.replace('enabled', 'disabled')), undefined);
  assert.ok([4096, 16384, 65536].includes(readPageSize()));
});

test.run();
