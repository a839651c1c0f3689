// The file of packs and its loader: what a process loads is of one build, and comes compiled.
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type Packs, readPacks, writePacks} from '../../../packaging/bundle/packs-file.ts';

const root = join(import.meta.dirname, '../../..');
const test = suite<{dist: string}>('packs');

test.before.each((context) => {
  context.dist = mkdtempSync(join(tmpdir(), 'packs-'));
  copyFileSync(join(root, 'packaging/bundle/loader.cjs'), join(context.dist, 'crundle.cjs'));
});

test.after.each(({dist}) => rmSync(dist, {recursive: true}));

// `main` says which build it is of, and loads the rest when it is told to.
function build(name: string): Packs {
  return new Map([
    [
      'main',
      {
        text: `(function (exports) {
  process.stdout.write('main of ${name}\\n');
  process.stdin.once('data', () => exports.runPack('late', process));
})`,
      },
    ],
    ['late', {text: `(function (process) { process.stdout.write('late of ${name}\\n'); process.exit(); })`}],
  ]);
}

test('what was written is read again', ({dist}) => {
  const packs: Packs = new Map([
    ['b', {text: '(function () {})', code: Buffer.from([1, 2, 3])}],
    ['a', {text: ''}],
  ]);
  writePacks(join(dist, 'some.packs'), packs);
  assert.equal([...readPacks(join(dist, 'some.packs'))].sort(), [...packs].sort());
});

test('an index that the loader would not read whole is an error', ({dist}) => {
  const packs: Packs = new Map(Array.from({length: 80}, (_, index) => [`pack${index}`, {text: '1'}]));
  assert.throws(
    () => writePacks(join(dist, 'some.packs'), packs),
    (error: Error) => error.message === `the index of ${dist}/some.packs is longer than 1024 bytes`,
  );
});

test('a process loads late what belongs to it, though an upgrade has replaced the file', async ({dist}) => {
  writePacks(join(dist, 'crundle.packs'), build('1.0'));
  const old = spawn(process.execPath, ['--', join(dist, 'crundle.cjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  old.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await once(old.stdout, 'data');
  // As dpkg does: beside, then renamed over.
  mkdirSync(join(dist, 'new'));
  writePacks(join(dist, 'new/crundle.packs'), build('2.0'));
  renameSync(join(dist, 'new/crundle.packs'), join(dist, 'crundle.packs'));
  old.stdin.end('\n');
  await once(old, 'close');
  assert.is(output, 'main of 1.0\nlate of 1.0\n');
  const {stdout} = spawnSync(process.execPath, ['--', join(dist, 'crundle.cjs')], {
    input: '\n',
    encoding: 'utf8',
  });
  assert.is(stdout, 'main of 2.0\nlate of 2.0\n');
});

test('a file that is cut short is named', ({dist}) => {
  const path = join(dist, 'crundle.packs');
  writePacks(path, build('1.0'));
  truncateSync(path, 1100);
  const {status, stderr} = spawnSync(process.execPath, ['--', join(dist, 'crundle.cjs')], {encoding: 'utf8'});
  assert.is(status, 1);
  assert.match(stderr, `Error: ${path} is cut short: install crundle again`);
});

test('the compiled code of every pack of this build is taken', ({dist}) => {
  const program = join(dist, 'ask.cjs');
  writeFileSync(
    program,
    `const loader = require(${JSON.stringify(join(root, 'dist/crundle.cjs'))});
const scripts = loader.keepScripts();
for (const name of ${JSON.stringify([...readPacks(join(root, 'dist/crundle.packs')).keys()])}) {
  try { loader.runPack(name, {}, require, {}, () => ({})); } catch {}
  if (scripts.get(name).cachedDataRejected !== false) console.log(name);
}`,
  );
  const {status, stdout, stderr} = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--', program],
    {
      encoding: 'utf8',
    },
  );
  assert.equal({status, stdout, stderr}, {status: 0, stdout: '', stderr: ''});
});

test.run();
