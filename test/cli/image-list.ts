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

const nobody = async (name: string): Promise<Date> => {
  throw new Error(`nobody asks for ${name}`);
};

test('the filter reference matches as the argument does', async () => {
  const all = [summary({references: ['docker.io/library/alpine:3', 'docker.io/user/app:1']})];
  const names = async (pattern: string) =>
    (await filterImages(all, [`reference=${pattern}`], nobody))
      .flatMap(({references}) => references)
      .map(familiar)
      .join();
  assert.is(await names('alpine'), 'alpine:3');
  assert.is(await names('alpine:3'), 'alpine:3');
  assert.is(await names('alpine:4'), '');
  assert.is(await names('alp*'), 'alpine:3');
  assert.is(await names('user/*'), 'user/app:1');
  assert.is(await names('*:3'), 'alpine:3');
  assert.is(await names('docker.io/library/alpine'), 'alpine:3');
});

test('dangling images and labels', async () => {
  const all = [summary({labels: {a: '1'}}), summary({references: []})];
  const count = async (...filters: string[]) => (await filterImages(all, filters, nobody)).length;
  assert.is(await count('dangling=true'), 1);
  assert.is(await count('dangling=0'), 1);
  assert.is(await count('dangling=true', 'dangling=false'), 2);
  assert.is(await count('label=a=1'), 1);
  assert.is(await count('label=a=2'), 0);
});

test('times: of other images, and by the clock', async () => {
  const day = (number: number) => new Date(Date.UTC(2024, 0, number));
  const {createdAt: _, ...timeless} = summary({references: ['docker.io/library/never:1']});
  const all = [1, 2, 3].map((number) =>
    summary({references: [`docker.io/library/a:${number}`], createdAt: day(number)}),
  );
  const names = async (...filters: string[]) =>
    (await filterImages([...all, timeless], filters, async (name) => day(Number(name))))
      .flatMap(({references}) => references.map(familiar))
      .join();
  assert.is(await names('before=2'), 'a:1');
  assert.is(await names('since=1'), 'a:2,a:3');
  assert.is(await names('before=2', 'before=3'), 'a:1,a:2');
  assert.is(await names('since=1', 'before=3'), 'a:2');
  assert.is(await names('until=2024-01-02T12:00:00Z'), 'a:1,a:2');
  assert.is(await names('until=1h'), 'a:1,a:2,a:3');
});

for (const [filter, message] of [
  ['colour=red', "invalid filter 'colour'"],
  ['dangling=x', "invalid filter 'dangling=[x]'"],
  ['before', 'invalid argument "before" for "-f, --filter" flag: bad format of filter (expected name=value)'],
  ['until=xx', 'failed to parse value as time or duration: "xx"'],
] as const) {
  test(`--filter ${filter} is refused`, async () => {
    const error = await filterImages([], [filter], nobody).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof Error);
    assert.is(error.message, message);
  });
}

test.run();
