// `system check` as a person runs it, on a real image and with a real container over its layer.
import {readdirSync, readFileSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, testHost} from '../support/test-host.ts';

const test = suite('system check');
const {image} = await serveBusybox(test);
const layersRoot = join(testHost.dataRoot, 'layers');
const folder = join(layersRoot, readdirSync(layersRoot).find((name) => name !== 'tmp') ?? '');
const busybox = join(folder, 'd/bin/busybox');

test.after(async () => await assertHostClean());

/** One bit, as a card that is worn out would. */
function flip(path: string): void {
  const {atime, mtime} = statSync(path);
  const bytes = readFileSync(path);
  const at = bytes.length - 100;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  utimesSync(path, atime, mtime);
}

test('a whole store: one line, exit code 0, and how far it is on standard error', async () => {
  const {stdout, stderr, status} = await crundle(['system', 'check', '--deep']);
  assert.match(
    stdout,
    /^Checked 1 image, 1 layer \(\d+ entries\), 3 blobs, 0 containers, [\d.]+MB read: all is whole\n$/,
  );
  assert.match(stderr, /^(Checking (blob|layer) sha256:[0-9a-f]{64}\n)+$/);
  assert.is(status, 0);
  const json = JSON.parse(await crundleOk(['system', 'check', '--format', 'json']));
  assert.equal([json.whole, json.deep, json.findings], [true, false, []]);
  assert.is(await crundleOk(['system', 'check', '--format', '{{.checked.layers}}']), '1');
  const wrong = await crundle(['system', 'check', '--format', '{{']);
  assert.equal(
    [wrong.status, wrong.stdout, wrong.stderr],
    [1, '', 'Error: template parsing error: template: :1:0: unclosed action\n'],
  );
});

test('a damaged layer is named, refused, not replaced under a running container, and mended', async () => {
  const id = await crundleOk(['run', '-d', '--name', 'web', '--network', 'none', image, 'sleep', '1000']);
  await crundleOk(['create', '--name', 'other', '--network', 'none', image, 'echo', 'mended']);
  flip(busybox);
  const found = await crundle(['system', 'check', '--deep']);
  assert.is(found.status, 1);
  assert.match(
    found.stdout,
    /^layer sha256:[0-9a-f]{64}: damaged\n {2}\/bin\/.*: its content differs\n[\s\S]* {2}and \d+ more\n {2}images: 127\.0\.0\.1:\d+\/busybox:latest\n {2}containers: other, web\nChecked .*: 0 mended, 1 damaged; 'crundle system check --deep --repair' mends what can be mended\n$/,
  );
  const refused = await crundle(['start', 'other']);
  assert.is(refused.status, 1);
  assert.match(
    refused.stderr,
    /layer sha256:[0-9a-f]{64} of image \S+ is damaged: \/bin\/.*: its content differs, and \d+ more\n.*'crundle system check --repair' unpacks it again/,
  );
  const kept = await crundle(['system', 'check', '--deep', '--repair']);
  assert.is(kept.status, 1);
  assert.match(kept.stdout, /: lost: containers run on it: stop them, then check again with --repair\n/);
  await crundleOk(['rm', '-f', id]);
  const {findings, whole} = JSON.parse(
    await crundleOk(['system', 'check', '--deep', '--repair', '--format', 'json']),
  );
  assert.equal(
    [
      whole,
      findings.length,
      findings[0].kind,
      findings[0].state,
      findings[0].outcome,
      findings[0].containers,
    ],
    [true, 1, 'layer', 'mended', 'unpacked again from its blob', ['other']],
  );
  assert.is(await crundleOk(['start', '-a', 'other']), 'mended');
  await crundleOk(['rm', 'other']);
});

test('a pull mends a layer that is known to be damaged', async () => {
  flip(busybox);
  assert.is((await crundle(['system', 'check', '--deep'])).status, 1);
  await crundleOk(['pull', '-q', image]);
  await crundleOk(['system', 'check', '--deep']);
});

test('a layer of a container whose image is gone cannot be mended, and it is said why', async () => {
  await crundleOk(['create', '--name', 'orphan', '--network', 'none', image, 'true']);
  await crundleOk(['rmi', '-f', image]);
  flip(busybox);
  const {stdout, status} = await crundle(['system', 'check', '--deep', '--repair']);
  assert.is(status, 1);
  assert.match(stdout, /: lost: its image is gone, and with it the blob that it was unpacked from\n/);
  await crundleOk(['rm', 'orphan']);
  await crundleOk(['image', 'prune', '-f']);
  await crundleOk(['system', 'check', '--deep']);
});

test.run();
