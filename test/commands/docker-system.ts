// What is on the disk, and what a prune of everything takes, beside the real Docker.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {DockerComparison} from '../support/docker-comparison.ts';
import {dockerMissing} from '../support/docker-daemon.ts';
import {makeImage} from '../support/image.ts';
import {dockerArchive, tarOf} from '../support/image-archive.ts';
import {makeLayer} from '../support/layer.ts';
import {assertHostClean, crundle, crundleOk, saySkipped, testHost} from '../support/test-host.ts';

const comparison = suite('system df and prune as Docker has them');
const test = dockerMissing === undefined ? comparison : comparison.skip;
if (dockerMissing !== undefined) saySkipped(dockerMissing);
let both: DockerComparison;

const file = join(testHost.tmp, 'archive.tar');
const layer = (name: string, bytes: number) => makeLayer([{name, content: 'x'.repeat(bytes)}]);
const base = layer('base', 5000);
const images = [
  {image: makeImage({layers: [base, layer('one', 300)]}), names: ['shared:1', 'also:1']},
  {
    image: makeImage({layers: [base, layer('two', 70)], created: '2023-01-02T03:04:05Z'}),
    names: ['shared:2'],
  },
];

comparison.before(async () => {
  if (dockerMissing !== undefined) return;
  both = await DockerComparison.start();
});

comparison.after(async () => {
  if (dockerMissing !== undefined) return;
  await both[Symbol.asyncDispose]();
  await assertHostClean();
});

// The newest image first or the oldest, volumes by chance; how long ago, and what only crundle tells. A client before 23 shows sizes of
// images with four digits.
const look = (text: string) =>
  text
    .replace(/\nStore space usage:.*/s, '')
    .replace(/(Less than a second|About a minute|\d+ \w+) ago +/g, 'AGO ')
    .replace(/ {2,}/g, '  ')
    .replace('AGO 1.847MB', 'AGO 1.85MB')
    .split('\n\n')
    .map((part) => part.split('\n').sort().join('\n'))
    .join('\n\n')
    .trim();

const df = () => {
  both.same(['system', 'df']);
  both.same(['system', 'df', '--format', '{{json .}}']);
  both.same(['system', 'df', '--format', 'table {{.Type}}\t{{.Reclaimable}}']);
  both.same(['system', 'df', '-v'], look);
};

test('df of an image that nobody uses, and of one that somebody does', () => {
  df();
  both.prepare('create', '--name', 'idle', both.image, 'true');
  df();
});

test('df of images with a layer in common', () => {
  writeFileSync(file, tarOf(dockerArchive(images)));
  both.prepare('load', '-q', '-i', file);
  df();
  both.prepare('create', '--name', 'two', 'shared:2', '/two');
  df();
});

test('df of what containers and volumes hold', () => {
  both.prepare(
    'run',
    '--name',
    'writer',
    '--network',
    'none',
    both.image,
    'sh',
    '-c',
    'echo written > /file',
  );
  const fill = 'head -c 3000 /dev/zero > /v/zeros';
  const mounts = ['-v', 'used:/v', '-v', '/anonymous'];
  both.prepare('run', '--name', 'filler', '--network', 'none', ...mounts, both.image, 'sh', '-c', fill);
  both.prepare('volume', 'create', 'unused');
  df();
  const format =
    '{{range .Volumes}}{{.Links}} {{.Size}}\n{{end}}{{range .Images}}{{.SharedSize}} {{.UniqueSize}}\n{{end}}';
  both.same(['system', 'df', '-v', '--format', format], look);
});

test('df -v tells what lies in the store', async () => {
  const text = await crundleOk(['system', 'df', '-v']);
  assert.match(text, /\nStore space usage:\n\nCONTENT +SIZE\nUnpacked layers +[\d.]+MB\n/);
  assert.match(text, /\nBlobs as pulled or loaded +[\d.]+MB\nUnfinished downloads +0B$/);
});

test('prune asks first, in Docker’s words', async () => {
  const {status, stdout} = await crundle(['system', 'prune', '--volumes', '--filter', 'label=x'], {
    input: 'n\n',
  });
  assert.is(status, 0);
  assert.is(
    stdout,
    `WARNING! This will remove:
  - all stopped containers
  - all networks not used by at least one container
  - all anonymous volumes not used by at least one container
  - all dangling images
  - unused build cache

  Items to be pruned will be filtered with:
  - label=x

Are you sure you want to continue? [y/N] `,
  );
  // Standard input is at its end: a no.
  both.same(['system', 'prune', '-a']);
  both.same(['system', 'prune', '-a', '--filter', 'until=1h', '--filter', 'label!=y']);
});

test('prune leaves what its filter does not name', () => {
  both.same(['system', 'prune', '-af', '--filter', 'label=x']);
  both.same(['system', 'prune', '-af', '--filter', 'until=100000h']);
});

// Docker tells of layers too, and counts only those that are unpacked; and lists containers by chance.
const own = (text: string) =>
  text
    .replace(/^(deleted: sha256:ID\n)+/gm, '$1')
    .replace(/[\d.]+[kM]?B$/m, 'SIZE')
    .split('\n')
    .sort()
    .join('\n');

test('prune takes containers, and what only they used', () => {
  both.prepare('network', 'create', 'idle-network');
  both.prepare('rmi', 'also:1');
  both.same(['system', 'prune', '-f'], own);
  both.same(['ps', '-aq']);
  both.same(['images', '--format', '{{.Repository}}:{{.Tag}}'], (text) => text.split('\n').sort().join('\n'));
  both.same(['volume', 'ls', '-q'], (text) => text.split('\n').sort().join('\n'));
  both.same(['system', 'prune', '-af'], own);
  both.same(['images', '-q']);
  both.same(['system', 'df'], (text) => text.replace(/^Local.*\n/m, ''));
});

test('prune --volumes takes the anonymous ones', async () => {
  // Docker 20.10 takes all: later ones, as here, only these.
  await crundleOk(['system', 'prune', '-f', '--volumes']);
  assert.is(await crundleOk(['volume', 'ls', '-q']), 'unused\nused');
  both.ask(['volume', 'rm', 'unused', 'used']);
});

const refusals: [string[], RegExp][] = [
  [['system', 'df', 'x'], /accepts no arguments/],
  [['system', 'prune', 'x'], /accepts no arguments/],
  [['system', 'prune', '-f', '--filter', 'foo=bar'], /invalid filter 'foo'/i],
  [
    ['system', 'prune', '-f', '--volumes', '--filter', 'until=1h'],
    /the "until" filter is not supported with "--volumes"/i,
  ],
];

for (const [words, message] of refusals) {
  test(`refused: ${words.join(' ')}`, () => both.sameRefusal(words, message));
}

comparison.run();
