// diff, export and history where Docker is no measure: while a container runs or goes, on a terminal, interrupted.
import {execFileSync} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {layerFolderName} from '../../src/storage/layer-folder.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {
  assertHostClean,
  crundle,
  crundleOk,
  crundlePath,
  spawnCrundle,
  testHost,
} from '../support/test-host.ts';

const test = suite('changes');
const {image} = await serveBusybox(test);
const folder = join(testHost.tmp, 'out');
let id: string;

test.before(async () => {
  mkdirSync(folder);
  const script =
    'echo x >/new; rm /bin/yes; echo in >"$(printf "/a\\nD etc")"; : >"$(printf "/e\\033c")"; sleep 1000';
  id = await crundleOk(['run', '-d', '--network', 'none', '--name', 'web', image, 'sh', '-c', script]);
  await crundleOk(['exec', 'web', 'sh', '-c', 'until [ -e "$(printf "/e\\033c")" ]; do sleep 0.1; done']);
});

test.after(async () => {
  await crundleOk(['rm', '-f', 'web', 'large']);
  await assertHostClean();
});

/** What the command shows on a terminal. */
function onTerminal(...args: string[]): string {
  return execFileSync('script', ['-qec', [crundlePath, ...args].join(' '), '/dev/null'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).replaceAll('\r', '');
}

const diff = ['C /bin', 'D /bin/yes', 'A /new'];

test('a running container is looked at as it is, and a stopped one as it was', async () => {
  const named = (text: string) => text.split('\n').filter((line) => diff.includes(line));
  assert.equal(named(await crundleOk(['diff', 'web'])), diff);
  await crundleOk(['export', '-o', join(folder, 'running.tar'), 'web']);
  await crundleOk(['kill', 'web']);
  await crundleOk(['wait', 'web']);
  assert.equal(named(await crundleOk(['container', 'diff', id.slice(0, 6)])), diff);
  await crundleOk(['export', '-o', join(folder, 'stopped.tar'), 'web']);
  const [running, stopped] = ['running', 'stopped'].map((name) => readFileSync(join(folder, `${name}.tar`)));
  assert.ok(running?.equals(stopped ?? Buffer.alloc(0)));
  assert.is(statSync(join(folder, 'stopped.tar')).mode & 0o777, 0o600);
});

test('names of files forge no line, and drive no terminal', async () => {
  assert.ok((await crundleOk(['diff', 'web'])).split('\n').includes('A /a\\nD etc'));
  assert.ok((await crundleOk(['diff', 'web'])).includes('A /e\u001bc'));
  assert.ok(onTerminal('diff', 'web').includes('A /e\\x1bc\n'));
});

test('an archive is not sent to a terminal', () => {
  try {
    onTerminal('export', 'web');
    assert.unreachable();
  } catch (error) {
    const {status, stdout} = error as {status: number; stdout: string};
    assert.is(status, 1);
    assert.match(
      stdout,
      /^Error: cowardly refusing to save to a terminal\. Use the -o flag or redirect\r?\n/,
    );
  }
});

test('a file of -o is written whole or not at all', async () => {
  const path = join(folder, 'kept.tar');
  writeFileSync(path, 'as it was');
  await crundleOk(['run', '--network', 'none', '--name', 'large', image, 'truncate', '-s', '20G', '/large']);
  const child = spawnCrundle(['export', '-o', path, 'large']);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const unfinished = () => readdirSync(folder).some((name) => name.startsWith('.kept.tar-'));
  for (const deadline = Date.now() + 20_000; !unfinished(); await sleep(10))
    assert.ok(Date.now() < deadline, 'nothing is written');
  child.kill('SIGINT');
  assert.is(await ended, 130);
  assert.is(readFileSync(path, 'utf8'), 'as it was');
  const {stderr, status} = await crundle(['export', '-o', join(folder, 'absent/x.tar'), 'web']);
  assert.is(status, 1);
  assert.match(
    stderr,
    /^Error: failed to export container: invalid output path: stat \S+\/absent: no such file/,
  );
  assert.equal(readdirSync(folder).sort(), ['kept.tar', 'running.tar', 'stopped.tar']);
});

test('an interrupted commit leaves nothing', async () => {
  const child = spawnCrundle(['commit', 'large']);
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => (stderr += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const partial = join(testHost.dataRoot, 'images/partial');
  for (const deadline = Date.now() + 20_000; readdirSync(partial).length === 0; await sleep(10))
    assert.ok(Date.now() < deadline, 'nothing is written');
  child.kill('SIGINT');
  assert.is(await ended, 130);
  assert.is(stderr.split('\n')[0], 'Error: the commit was cancelled');
  assert.equal(readdirSync(partial), []);
});

test('a layer that is missing is named', async () => {
  const layers = join(testHost.dataRoot, 'layers');
  const [chainId] = JSON.parse(await crundleOk(['image', 'inspect', '-f', '{{json .RootFS.Layers}}', image]));
  const layer = join(layers, layerFolderName(chainId));
  renameSync(layer, `${layer}-aside`);
  try {
    const {stderr, status} = await crundle(['diff', 'web']);
    assert.is(status, 1);
    assert.is(stderr.split('\n')[0], `Error: layer ${chainId} is missing from ${layers}`);
  } finally {
    renameSync(`${layer}-aside`, layer);
  }
});

test('history tells the steps, also on a terminal', async () => {
  await crundleOk(['commit', '-m', 'an \u001b[31mescape', 'web', 'app:odd']);
  assert.ok((await crundleOk(['history', '--no-trunc', 'app:odd'])).includes('an \u001b[31mescape'));
  assert.ok(onTerminal('history', '--no-trunc', 'app:odd').includes('an \\x1b[31mescape'));
  const rows = (await crundleOk(['history', '--format', 'json', 'app:odd']))
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(Object.keys(rows[0]), ['Comment', 'CreatedAt', 'CreatedBy', 'CreatedSince', 'ID', 'Size']);
  assert.is(rows[1].ID, '<missing>');
  await crundleOk(['rmi', 'app:odd']);
});

test.run();
