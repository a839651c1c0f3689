// Networks made, seen and removed through the engine, on this host's own kernel.
import {execFileSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {contains, parseCidr} from '../../src/addresses/cidr.ts';
import {parseIpAddress} from '../../src/addresses/ip-address.ts';
import {loadConfig} from '../../src/config/config.ts';
import {Engine, type NetworkRequest} from '../../src/engine.ts';
import {isEngineError} from '../../src/errors.ts';
import {StateDatabase} from '../../src/state/database.ts';
import {assertHostClean, testHost, writeConfig} from '../support/test-host.ts';

const test = suite<{engine: Engine}>('making networks');
const ip = (...args: string[]) => execFileSync('ip', args, {encoding: 'utf8'});
const cidr = (text: string) => parseCidr(text) ?? assert.unreachable(text);
const address = (text: string) => parseIpAddress(text) ?? assert.unreachable(text);
const subnet = (text: string) => ({
  subnet: cidr(text) as NonNullable<ReturnType<typeof parseCidr>>,
  auxAddresses: {},
});

test.before.each(async (context) => {
  context.engine = await Engine.open({config: loadConfig({env: testHost.env})});
});
test.after.each(async ({engine}) => {
  await engine.networks.prune();
  await assertHostClean();
  engine.close();
});

test('a network has a bridge with its gateway, and nothing is left of it', async ({engine}) => {
  const {id, warnings} = await engine.networks.create({name: 'app', labels: {a: 'b'}});
  assert.match(id, /^[0-9a-f]{64}$/);
  assert.equal(warnings, []);
  const {Driver, IPAM, EnableIPv4, EnableIPv6, Containers, Labels, Options} =
    await engine.networks.inspect('app');
  assert.equal(
    {Driver, EnableIPv4, EnableIPv6, Containers, Labels, Options},
    {
      Driver: 'bridge',
      EnableIPv4: true,
      EnableIPv6: false,
      Containers: {},
      Labels: {a: 'b'},
      Options: {},
    },
  );
  const [config] = IPAM.Config;
  assert.match(ip('-br', 'addr', 'show', `cr-${id.slice(0, 12)}`), new RegExp(` ${config?.Gateway}/16 `));
  assert.is((await engine.networks.inspect(id.slice(0, 8))).Name, 'app');
  await engine.networks.remove('app');
  await assertHostClean();
});

test('IPv6 is a /64 of the same /48 each time', async ({engine}) => {
  await engine.networks.create({name: 'one', ipv6: true});
  await engine.networks.create({name: 'two', ipv6: true, ipv4: false});
  const of = async (name: string) =>
    (await engine.networks.inspect(name)).IPAM.Config.map(({Subnet}) => Subnet);
  const [, one = ''] = await of('one');
  const [two = '', ...more] = await of('two');
  assert.equal(more, []);
  assert.match(one, /^fd[0-9a-f:]+::?\/64$/);
  assert.is.not(one, two);
  assert.is(one.slice(0, 12), two.slice(0, 12));
});

test('networks that meet no other: 20 at once get 20 subnets', async ({engine}) => {
  const all = Array.from({length: 20}, (_, i) => `n${i}`);
  await Promise.all(all.map((name) => engine.networks.create({name})));
  const subnets = await Promise.all(
    all.map(async (name) => (await engine.networks.inspect(name)).IPAM.Config[0]?.Subnet),
  );
  assert.is(new Set(subnets).size, 20);
});

test('the first subnet of the pools that meets no address of the host', async ({engine}) => {
  ip('link', 'add', 'lan0', 'type', 'bridge');
  ip('addr', 'add', '172.17.3.4/20', 'dev', 'lan0');
  ip('link', 'set', 'lan0', 'up');
  try {
    await engine.networks.create({name: 'app'});
    const [config] = (await engine.networks.inspect('app')).IPAM.Config;
    assert.is(contains(cidr(config?.Subnet ?? '') as never, address('172.17.3.4') as never), false);
    await refuses(
      engine,
      {name: 'x', subnets: [subnet('172.17.0.0/16')]},
      'address-unavailable',
      'subnet 172.17.0.0/16 is in use on this host: interface lan0 has 172.17.3.4/20',
    );
  } finally {
    ip('link', 'del', 'lan0');
  }
});

const bad: [NetworkRequest, code: string, message: string][] = [
  [{name: 'bridge'}, 'invalid-option', 'operation is not permitted on predefined bridge network'],
  [{name: 'host'}, 'invalid-option', 'operation is not permitted on predefined host network'],
  [{name: 'x', driver: 'host'}, 'invalid-option', 'only one instance of "host" network is allowed'],
  [{name: 'x', driver: 'null'}, 'invalid-option', 'only one instance of "null" network is allowed'],
  [{name: 'x', driver: 'nope'}, 'not-supported', 'plugin "nope" not found'],
  [{name: 'x', ipv4: false}, 'invalid-option', 'IPv4 or IPv6 must be enabled'],
  [
    {name: 'x', subnets: [subnet('10.1.0.0/32')]},
    'invalid-option',
    'invalid subnet 10.1.0.0/32: it has no room for a gateway and a container',
  ],
  [
    {name: 'x', subnets: [subnet('10.1.0.0/16'), subnet('10.2.0.0/16')]},
    'invalid-option',
    'a network cannot have several IPv4 subnets: 10.1.0.0/16 and 10.2.0.0/16',
  ],
  [
    {name: 'x', options: {'com.docker.network.driver.mtu': 'zz'}},
    'invalid-option',
    'failed to parse com.docker.network.driver.mtu value: zz',
  ],
  [
    {name: 'x', driver: 'macvlan', options: {parent: 'lo'}},
    'invalid-option',
    'loopback interface is not a valid macvlan parent link',
  ],
  [
    {name: 'x', driver: 'macvlan', options: {parent: 'eth9.7'}},
    'invalid-option',
    'the parent interface eth9.7 is not there',
  ],
  [
    {name: 'x', driver: 'macvlan', options: {macvlan_mode: 'zz'}},
    'invalid-option',
    "requested macvlan mode 'zz' is not valid, 'bridge' mode is the macvlan driver default",
  ],
];

async function refuses(
  engine: Engine,
  request: NetworkRequest,
  code: string,
  message: string,
): Promise<void> {
  try {
    await engine.networks.create(request);
    assert.unreachable(`made ${JSON.stringify(request)}`);
  } catch (error) {
    if (!isEngineError(error)) throw error;
    assert.equal([error.code, error.message], [code, message]);
  }
}

test("what cannot be is refused, in Docker's words", async ({engine}) => {
  for (const [request, code, message] of bad) await refuses(engine, request, code, message);
  assert.equal(
    (await engine.networks.list()).map(({name}) => name),
    ['bridge', 'host', 'none'],
  );
});

test("names, bridges and subnets are one network's", async ({engine}) => {
  const options = {'com.docker.network.bridge.name': 'brx'};
  await engine.networks.create({name: 'one', subnets: [subnet('10.9.0.0/16')], options});
  await refuses(engine, {name: 'one'}, 'network-name-in-use', 'network with name one already exists');
  await refuses(
    engine,
    {name: 'two', options},
    'invalid-option',
    'cannot create network two (brx): conflicts with network one (brx): networks have same bridge name',
  );
  await refuses(
    engine,
    {name: 'two', subnets: [subnet('10.9.1.0/24')]},
    'address-unavailable',
    'pool overlaps with other one on this address space: 10.9.1.0/24 meets 10.9.0.0/16 of network one',
  );
});

test('a failed making leaves nothing', async ({engine}) => {
  ip('link', 'add', 'taken0', 'type', 'bridge');
  try {
    await refuses(
      engine,
      {name: 'x', options: {'com.docker.network.bridge.name': 'taken0'}},
      'network-name-in-use',
      "interface taken0 exists and is not crundle's",
    );
    assert.match(ip('link', 'show', 'taken0'), /taken0/);
  } finally {
    ip('link', 'del', 'taken0');
  }
  assert.is(
    (await engine.networks.list()).some(({name}) => name === 'x'),
    false,
  );
});

test('what killed commands left is finished', async ({engine}) => {
  const {id} = await engine.networks.create({name: 'half'});
  const state = new StateDatabase(`${testHost.dataRoot}/crundle.db`);
  state.prepare("UPDATE networks SET status = 'creating' WHERE id = ?").run(id);
  state.close();
  assert.is(
    (await engine.networks.list()).some(({name}) => name === 'half'),
    false,
  );
  await assertHostClean();
});

test('the default network follows the configuration while nobody is on it', async () => {
  const withConfig = async (values: Record<string, unknown>) => {
    writeConfig(values);
    await using engine = await Engine.open({config: loadConfig({env: testHost.env})});
    const {IPAM, EnableIPv6} = await engine.networks.inspect('bridge');
    return {config: IPAM.Config[0], EnableIPv6};
  };
  assert.equal(await withConfig({bip: '172.26.0.9/16', 'fixed-cidr': '172.26.5.0/24', ipv6: true}), {
    config: {Subnet: '172.26.0.0/16', IPRange: '172.26.5.0/24', Gateway: '172.26.0.9'},
    EnableIPv6: true,
  });
  assert.equal(await withConfig({}), {
    config: {Subnet: '172.26.0.0/16', Gateway: '172.26.0.1'},
    EnableIPv6: false,
  });
  writeConfig({bridge: 'none'});
  await using engine = await Engine.open({config: loadConfig({env: testHost.env})});
  assert.equal(
    (await engine.networks.list()).map(({name}) => name),
    ['host', 'none'],
  );
  writeConfig({});
});

test.run();
