import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {filterImages} from '../../src/cli/image-filters.ts';
import {imageHeaders, imageRows, imageTable} from '../../src/cli/image-list.ts';
import {familiar, splitName} from '../../src/cli/image-name.ts';
import {formatRows} from '../../src/cli/output/format-rows.ts';
import type {ImageSummary} from '../../src/engine.ts';

const now = new Date('2026-01-02T03:04:05Z');
const digest = `sha256:${'cd'.repeat(32)}` as const;

function summary(changes: Partial<ImageSummary> = {}): ImageSummary {
  return {
    id: `sha256:${'ab'.repeat(32)}`,
    references: ['docker.io/library/alpine:3'],
    repoDigests: [`docker.io/library/alpine@${digest}`],
    createdAt: new Date('2025-12-30T03:04:05Z'),
    sizeBytes: 7_377_000,
    platform: {os: 'linux', architecture: 'arm64'},
    labels: {},
    containers: 0,
    ...changes,
  };
}

const test = suite('image list');

test("the table is docker's", async () => {
  assert.is(
    await formatRows(imageRows([summary()], {truncate: true, digests: false}, now), {
      table: imageTable({digests: false}),
      headers: imageHeaders,
    }),
    'REPOSITORY   TAG       IMAGE ID       CREATED      SIZE\nalpine       3         abababababab   3 days ago   7.38MB\n',
  );
});

test('each name of an image is a row, and an image without one shows <none>', () => {
  const rows = (image: ImageSummary) =>
    imageRows([image], {truncate: true, digests: true}, now).map(
      (row) => `${row.Repository} ${row.Tag} ${row.Digest}`,
    );
  assert.equal(rows(summary({references: ['docker.io/library/alpine:3', 'reg:5000/a/b:x']})), [
    `alpine 3 ${digest}`,
    'reg:5000/a/b x <none>',
  ]);
  assert.equal(rows(summary({references: []})), [`alpine <none> ${digest}`]);
  assert.equal(rows(summary({references: [], repoDigests: []})), ['<none> <none> <none>']);
});

test('names are taken apart', () => {
  assert.equal(splitName('localhost:5000/app'), {repository: 'localhost:5000/app'});
  assert.equal(splitName('docker.io/user/app:1'), {repository: 'user/app', tag: '1'});
  assert.is(familiar('docker.io/library/alpine:3'), 'alpine:3');
  assert.is(familiar('docker.io/user/app:3'), 'user/app:3');
});

test('the filter reference matches as the argument does', () => {
  const names = (pattern: string) =>
    filterImages(
      [summary({references: ['docker.io/library/alpine:3', 'docker.io/user/app:1']})],
      [`reference=${pattern}`],
    )
      .flatMap(({references}) => references)
      .map(familiar)
      .join();
  assert.is(names('alpine'), 'alpine:3');
  assert.is(names('alpine:3'), 'alpine:3');
  assert.is(names('alpine:4'), '');
  assert.is(names('alp*'), 'alpine:3');
  assert.is(names('user/*'), 'user/app:1');
  assert.is(names('*:3'), 'alpine:3');
  assert.is(names('docker.io/library/alpine'), 'alpine:3');
});

test('dangling images and labels', () => {
  const all = [summary({labels: {a: '1'}}), summary({references: []})];
  assert.is(filterImages(all, ['dangling=true']).length, 1);
  assert.is(filterImages(all, ['label=a=1']).length, 1);
  assert.is(filterImages(all, ['label=a=2']).length, 0);
  assert.throws(
    () => filterImages(all, ['colour=red']),
    (error: Error) => error.message === "invalid filter 'colour'",
  );
});

test.run();
