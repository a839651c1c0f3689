import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {IpAddress} from '../../src/addresses/ip-address.ts';
import {filterContainers, filtersNeedAll} from '../../src/cli/container-filters.ts';
import {containerHeaders, containerRow, containerTable, statusText} from '../../src/cli/container-list.ts';
import {formatRows} from '../../src/cli/output/format-rows.ts';
import type {ContainerSummary} from '../../src/engine.ts';

const now = new Date('2026-01-02T03:04:05Z');
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);

function summary(changes: Partial<ContainerSummary> = {}): ContainerSummary {
  return {
    id: 'c0ffee'.padEnd(64, '0'),
    name: 'web',
    image: 'busybox',
    imageId: `sha256:${'ab'.repeat(32)}`,
    command: ['sleep', '1000'],
    createdAt: ago(7200),
    status: 'running',
    startedAt: ago(300),
    labels: {},
    mounts: [],
    networks: ['none'],
    ports: [],
    autoRemove: false,
    ...changes,
  };
}

const test = suite('container list');

test("the table is docker's", async () => {
  const rows = [summary()].map((one) => containerRow(one, {truncate: true}, now));
  assert.is(
    await formatRows(rows, {table: containerTable({sizes: false}), headers: containerHeaders}),
    'CONTAINER ID   IMAGE     COMMAND        CREATED       STATUS         PORTS     NAMES\n' +
      'c0ffee000000   busybox   "sleep 1000"   2 hours ago   Up 5 minutes             web\n',
  );
});

test('an empty list is a line of headers', async () => {
  assert.is(
    await formatRows([], {table: containerTable({sizes: false}), headers: containerHeaders}),
    'CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES\n',
  );
});

test("JSON has docker's field names, sorted, one object a line", async () => {
  const text = await formatRows([containerRow(summary(), {truncate: true}, now)], {
    table: containerTable({sizes: false}),
    headers: containerHeaders,
    format: 'json',
  });
  const object: unknown = JSON.parse(text);
  assert.equal(Object.keys(object as object), Object.keys(containerHeaders).toSorted());
  assert.match(text, /^\{"Command":"\\"sleep 1000\\"","CreatedAt":/);
});

test('long commands are cut inside their quotes unless --no-trunc', () => {
  const long = summary({command: ['sh', '-c', 'while true; do sleep 1; done']});
  assert.is(containerRow(long, {truncate: true}, now).Command, '"sh -c \'while true; …"');
  assert.is(containerRow(long, {truncate: false}, now).Command, '"sh -c \'while true; do sleep 1; done\'"');
});

test('statuses', () => {
  assert.is(statusText(summary({startedAt: ago(0.4)}), now), 'Up Less than a second');
  assert.is(statusText(summary({startedAt: ago(300), health: 'healthy'}), now), 'Up 5 minutes (healthy)');
  assert.is(
    statusText(summary({startedAt: ago(3), health: 'starting'}), now),
    'Up 3 seconds (health: starting)',
  );
  assert.is(
    statusText(summary({status: 'paused', startedAt: ago(3), health: 'unhealthy'}), now),
    'Up 3 seconds (Paused)',
  );
  assert.is(
    statusText(summary({status: 'exited', exitCode: 0, finishedAt: ago(3)}), now),
    'Exited (0) 3 seconds ago',
  );
  assert.is(
    statusText(summary({status: 'exited', exitCode: 137, finishedAt: ago(90)}), now),
    'Exited (137) About a minute ago',
  );
  assert.is(statusText(summary({status: 'created'}), now), 'Created');
});

test('filters of one key are alternatives, keys add up', () => {
  const all = [
    summary({name: 'web', labels: {tier: 'front', team: 'a'}}),
    summary({name: 'db', status: 'exited', exitCode: 3, labels: {tier: 'back'}}),
  ];
  const names = (...filters: string[]) =>
    filterContainers(all, filters)
      .map(({name}) => name)
      .join();
  assert.is(names('name=web', 'name=db'), 'web,db');
  assert.is(names('name=^/web$'), 'web');
  assert.is(names('name=we', 'status=exited'), '');
  assert.is(names('exited=3'), 'db');
  assert.is(names('label=tier'), 'web,db');
  assert.is(names('label=tier=back'), 'db');
  assert.is(names('label=tier=front', 'label=team=a'), 'web');
  assert.is(names('ancestor=busybox:latest'), 'web,db');
  assert.is(names('ancestor=busybox:1'), '');
  assert.is(names('ancestor=busybox', 'id=c0ff'), 'web,db');
  assert.is(filtersNeedAll(['status=exited']), true);
  assert.is(filtersNeedAll(['name=x']), false);
});

test('before and since go by the order in which containers were made', () => {
  const all = ['new', 'mid', 'old'].map((name, index) => summary({name, id: `${index}`.repeat(64)}));
  const names = (shown: ContainerSummary[], ...filters: string[]) =>
    filterContainers(shown, filters, all)
      .map(({name}) => name)
      .join();
  assert.is(names(all, 'before=mid'), 'old');
  assert.is(names(all, 'since=old'), 'new,mid');
  assert.is(names(all, 'since=old', 'since=mid'), 'new,mid');
  assert.is(names(all, 'since=old', 'before=new'), 'mid');
  assert.is(names(all.slice(2), 'before=/new'), 'old');
  assert.is(names(all, 'before=1111'), 'old');
});

test('publish looks at ports of the host, expose at those of the container', () => {
  const all = [
    summary({
      name: 'web',
      ports: [
        {containerPort: 80, protocol: 'tcp', hostIp: '0.0.0.0' as IpAddress, hostPort: 8080},
        {containerPort: 90, protocol: 'tcp'},
      ],
    }),
    summary({
      name: 'dns',
      ports: [{containerPort: 53, protocol: 'udp', hostIp: '0.0.0.0' as IpAddress, hostPort: 53}],
    }),
  ];
  const names = (...filters: string[]) =>
    filterContainers(all, filters)
      .map(({name}) => name)
      .join();
  assert.is(names('publish=8080'), 'web');
  assert.is(names('publish=80'), '');
  assert.is(names('publish=8080/udp'), '');
  assert.is(names('publish=8000-8090/tcp', 'publish=53/udp'), 'web,dns');
  assert.is(names('expose=80'), 'web');
  assert.is(names('expose=90'), 'web');
  assert.is(names('expose=53/UDP', 'publish=53/udp'), 'dns');
});

test('the size has a column when it was asked for', async () => {
  const sizes = {writtenBytes: 102_400, totalBytes: 1_949_226};
  const rows = [containerRow(summary({sizes}), {truncate: true}, now)];
  const text = await formatRows(rows, {table: containerTable({sizes: true}), headers: containerHeaders});
  assert.match(text, /NAMES {5}SIZE\n.* web {7}102kB \(virtual 1\.95MB\)\n$/);
});

for (const [filter, message] of [
  [
    'nonsense',
    'invalid argument "nonsense" for "-f, --filter" flag: bad format of filter (expected name=value)',
  ],
  ['colour=red', "invalid filter 'colour'"],
  ['status=asleep', "invalid filter 'status=asleep'"],
  ['health=well', 'unrecognised filter value for health: well'],
  ['is-task=x', "invalid filter 'is-task=[x]'"],
  ['since=absent', 'no such container: absent'],
  ['publish=x', 'error while looking up for publish x: it is no port'],
  ['expose=9-8', 'error while looking up for expose 9-8: it is no port'],
  ['exited=x', "invalid filter 'exited=x': not a number"],
] as const) {
  test(`--filter ${filter} is refused`, () => {
    assert.throws(
      () => filterContainers([], [filter]),
      (error: Error) => error.message === message,
    );
  });
}

test.run();
