import {execFileSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  aliasWord,
  batchError,
  interfaceWord,
  ipBatch,
  isFileExists,
  isInterfaceName,
  listLinks,
  listRoutes,
} from '../../../src/network/links/ip.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

const test = suite('ip');

test('a batch stops at the first failure, and names the command and the reason', async () => {
  const lines = ['link set lo up', 'link set nothere up', 'link add a0 type veth peer name a1'];
  const error = await engineErrorOf(() => ipBatch(lines));
  assert.is(error.code, 'program-failed');
  assert.is(error.message, `'ip link set nothere up' failed: Cannot find device "nothere"`);
  assert.equal(await listLinks('a0'), []);
});

test('what is there already is told apart', async () => {
  await ipBatch(['link add a0 type veth peer name a1']);
  try {
    const error = await engineErrorOf(() => ipBatch(['link add a0 type veth peer name a2']));
    assert.ok(isFileExists(error));
    assert.is(error.message, `'ip link add a0 type veth peer name a2' failed: File exists`);
  } finally {
    await ipBatch(['link del a0']);
  }
});

test('a namespace that is not there is an error', async () => {
  const error = await engineErrorOf(() => ipBatch(['link set lo up'], {netns: 'nothere'}));
  assert.is(error.code, 'program-failed');
  assert.match(error.message, 'Cannot open network namespace "nothere": No such file or directory');
});

test('an empty batch runs nothing', async () => {
  await ipBatch([], {netns: 'nothere'});
});

test('links are values, with the addresses of both families', async () => {
  await ipBatch([
    'link add b0 address 02:42:00:00:00:01 type bridge',
    'link set b0 mtu 1300 alias "a b"',
    'addr add 10.1.0.1/24 dev b0',
    'addr add fd00::1/64 dev b0 nodad',
    'link add p0 type veth peer name p1',
    'link set p0 master b0',
  ]);
  try {
    assert.equal(await listLinks('b0'), [
      {
        name: 'b0',
        mtu: 1300,
        mac: '02:42:00:00:00:01',
        alias: 'a b',
        master: undefined,
        isUp: false,
        kind: 'bridge',
        addresses: ['10.1.0.1/24', 'fd00::1/64'],
      },
    ]);
    assert.is((await listLinks('p0'))[0]?.master, 'b0');
    assert.equal((await listLinks()).map(({name}) => name).sort(), ['b0', 'lo', 'p0', 'p1']);
  } finally {
    execFileSync('ip', ['link', 'del', 'p0']);
    execFileSync('ip', ['link', 'del', 'b0']);
  }
});

test('routes of both families and all tables are listed', async () => {
  await ipBatch([
    'link add b0 type bridge',
    'addr add 10.1.0.1/24 dev b0',
    'link set b0 up',
    'route add 10.9.0.0/16 via 10.1.0.7 table 77',
  ]);
  try {
    const routes = (await listRoutes())
      .filter(({device}) => device === 'b0')
      .map(({destination}) => destination);
    assert.ok(routes.includes('10.1.0.0/24'));
    assert.ok(routes.includes('10.9.0.0/16'));
  } finally {
    await ipBatch(['link del b0']);
  }
});

test('names of interfaces are words, at most 15 bytes', async () => {
  for (const name of ['eth0', 'eth0.50', 'crundle0', 'a-b_c@d', 'fifteen-bytes-x'])
    assert.ok(isInterfaceName(name), name);
  for (const name of [
    '',
    '.',
    '..',
    'a b',
    'a/b',
    'a:b',
    'a#b',
    'a"b',
    'sixteen-bytes-xy',
    'ééééééééé',
    'a\nb',
  ])
    assert.not(isInterfaceName(name), name);
  assert.is(interfaceWord('eth0'), 'eth0');
  const error = await engineErrorOf(() => interfaceWord('eth0 up'));
  assert.is(error.message, "'eth0 up' cannot be the name of an interface");
});

test('free text stays one word', () => {
  assert.is(aliasWord('a "b" #c\nd\\'), '"a _b_ _c_d_"');
});

test('a failure without a line number is worded too', () => {
  assert.is(batchError(['link set lo up'], '').message, "'ip -batch' failed: no reason given");
  assert.is(
    batchError(['a', 'b'], 'Error: Nexthop has invalid gateway.\nCommand failed -:2\n').message,
    "'ip b' failed: Nexthop has invalid gateway.",
  );
});

test.run();
