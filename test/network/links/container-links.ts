import {execFileSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {ensureBridge, interfaceNames, removeBridge} from '../../../src/network/links/bridge-links.ts';
import {
  addLink,
  type ContainerLink,
  containerSysctls,
  reattachLinks,
  removeLink,
  setUpLinks,
  vethName,
} from '../../../src/network/links/container-links.ts';
import {listLinks} from '../../../src/network/links/ip.ts';
import {
  listNamespaces,
  namespaceName,
  namespacePath,
  removeNamespace,
} from '../../../src/network/links/network-namespace.ts';
import {engineErrorOf} from '../../support/engine-error.ts';
import {NetworkPlace} from '../../support/network-place.ts';

const test = suite('container-links');
const bridge = 'cr-test';
const ip = (...args: string[]) => execFileSync('ip', args, {encoding: 'utf8', stdio: 'pipe'});
const newContainer = (name = 'webserver') => ({id: randomBytes(32).toString('hex'), name});
const inside = ({id}: {id: string}, ...args: string[]) => ip('-n', namespaceName(id), ...args);
// A refusal comes from the machine that has the address.
async function reaches({id}: {id: string}, address: string): Promise<boolean> {
  await using place = new NetworkPlace('container', namespacePath(id));
  return (await place.sourceSeenBy('tcp', address, 9, 1000)) === 'ECONNREFUSED';
}

function link(changes: Partial<ContainerLink> = {}, last = 2): ContainerLink {
  return {
    position: 0,
    on: {kind: 'bridge', bridge, isolated: false},
    mac: `02:42:ac:1e:00:0${last}`,
    mtu: 1420,
    addresses: [`172.30.0.${last}/16`],
    gateways: ['172.30.0.1'],
    ...changes,
  };
}

const dual = (last = 2) =>
  link(
    {
      addresses: [`172.30.0.${last}/16`, `fd00:1::${last}/64`, '169.254.9.9/16'],
      gateways: ['172.30.0.1', 'fd00:1::1'],
    },
    last,
  );

const makeBridge = () =>
  ensureBridge({
    name: bridge,
    network: 'test',
    addresses: ['172.30.0.1/16', 'fd00:1::1/64'],
    mtu: 1420,
    ipv6: true,
  });

test.before.each(makeBridge);
test.after.each(async () => {
  for (const id of listNamespaces()) removeNamespace(id);
  await removeBridge(bridge);
  for (let waited = 0; interfaceNames().size > 1 && waited < 3000; waited += 20) await sleep(20);
  assert.equal([...interfaceNames()], ['lo']);
});

test('a container gets its address, its Ethernet address, its MTU and its default route', async () => {
  const container = newContainer();
  await setUpLinks(container, [link()]);
  const shown = inside(container, 'addr', 'show', 'dev', 'eth0');
  assert.match(shown, /mtu 1420 .* state UP/);
  assert.match(shown, 'link/ether 02:42:ac:1e:00:02');
  assert.match(shown, 'inet 172.30.0.2/16');
  assert.is(
    inside(container, 'route').replaceAll(/ +\n/g, '\n'),
    'default via 172.30.0.1 dev eth0\n172.30.0.0/16 dev eth0 proto kernel scope link src 172.30.0.2\n',
  );
  assert.match(inside(container, 'addr', 'show', 'dev', 'lo'), 'inet 127.0.0.1/8');
  assert.ok(await reaches(container, '172.30.0.1'));
});

test('without IPv6 on the network the interface has none', async () => {
  const container = newContainer();
  await setUpLinks(container, [link()]);
  assert.not.match(inside(container, 'addr', 'show', 'dev', 'eth0'), 'inet6');
  assert.is(inside(container, '-6', 'route'), '');
});

test('with IPv6 it has both default routes, and its addresses work at once', async () => {
  const container = newContainer();
  await setUpLinks(container, [dual()]);
  const shown = inside(container, 'addr', 'show', 'dev', 'eth0', 'scope', 'global');
  assert.match(shown, 'inet6 fd00:1::2/64');
  assert.match(shown, 'inet 169.254.9.9/16');
  assert.not.match(shown, 'tentative');
  assert.match(inside(container, '-6', 'route'), 'default via fd00:1::1 dev eth0');
  assert.ok(await reaches(container, 'fd00:1::1'));
});

test("the host's end tells whose it is, is a port of the bridge with hairpin, and has no address", async () => {
  const container = newContainer();
  await setUpLinks(container, [link()]);
  const name = vethName(container, 0);
  const shown = ip('-d', 'addr', 'show', 'dev', name);
  assert.match(shown, `alias crundle container webserver ${container.id.slice(0, 12)}`);
  assert.match(shown, new RegExp(`master ${bridge} .*hairpin on.*isolated off`, 's'));
  assert.not.match(shown, 'inet');
});

test('containers on one bridge reach each other, isolated ones do not, and all reach the host', async () => {
  const on = {kind: 'bridge', bridge, isolated: true} as const;
  const [a, b, c, d] = [newContainer(), newContainer(), newContainer(), newContainer()];
  await setUpLinks(a, [link({}, 2)]);
  await setUpLinks(b, [link({}, 3)]);
  await setUpLinks(c, [link({on}, 4)]);
  await setUpLinks(d, [link({on}, 5)]);
  assert.ok(await reaches(a, '172.30.0.3'));
  assert.not(await reaches(c, '172.30.0.5'));
  assert.ok(await reaches(c, '172.30.0.1'));
});

test('two links: the second is eth1, and only one gives the default route', async () => {
  const container = newContainer();
  await setUpLinks(container, [link(), link({position: 1, gateways: [], addresses: ['10.77.0.2/24']}, 3)]);
  assert.match(inside(container, 'addr', 'show', 'dev', 'eth1'), 'inet 10.77.0.2/24');
  assert.is(inside(container, 'route', 'show', 'default').trim(), 'default via 172.30.0.1 dev eth0');
  assert.ok(interfaceNames().has(vethName(container, 1)));
});

test('what an earlier life left is replaced: the namespace with its links, or a link alone', async () => {
  const container = newContainer();
  await setUpLinks(container, [link()]);
  await setUpLinks(container, [link({addresses: ['172.30.0.9/16']})]);
  assert.match(inside(container, 'addr', 'show', 'dev', 'eth0'), 'inet 172.30.0.9/16');

  removeNamespace(container.id);
  // A link whose other end is still somewhere.
  await removeVethIfThere(vethName(container, 0));
  ip('link', 'add', vethName(container, 0), 'type', 'veth', 'peer', 'name', 'stray');
  await setUpLinks(container, [link()]);
  assert.ok(await reaches(container, '172.30.0.1'));
});

async function removeVethIfThere(name: string): Promise<void> {
  for (let waited = 0; interfaceNames().has(name) && waited < 3000; waited += 20) await sleep(20);
}

test('a container set up at once after it was taken down meets nothing of before', async () => {
  const container = newContainer();
  for (let round = 0; round < 10; round += 1) {
    await setUpLinks(container, [link()]);
    removeNamespace(container.id);
  }
  assert.equal(listNamespaces(), []);
});

test('a running container is connected, and disconnected again', async () => {
  const container = newContainer();
  await setUpLinks(container, [link()]);
  const second = link({position: 1, gateways: [], addresses: ['10.77.0.2/24']}, 3);
  await addLink(container, second);
  assert.match(inside(container, 'addr', 'show', 'dev', 'eth1'), 'inet 10.77.0.2/24');
  await removeLink(container, 1);
  await removeLink(container, 1);
  assert.not(interfaceNames().has(vethName(container, 1)));
  assert.not.match(inside(container, 'link'), 'eth1');
});

test('disconnecting where the namespace is gone is no error', async () => {
  await removeLink(newContainer(), 0);
});

test('after the bridge was deleted, links become ports of the new one; what is gone is made again', async () => {
  const [a, b, gone] = [newContainer(), newContainer(), newContainer()];
  await setUpLinks(a, [dual(2)]);
  await setUpLinks(b, [dual(3)]);
  ip('link', 'del', bridge);
  ip('link', 'del', vethName(b, 0));
  await makeBridge();
  const wanted = [
    {container: a, links: [dual(2)]},
    {container: b, links: [dual(3)]},
    {container: gone, links: [dual(4)]},
  ];
  await reattachLinks(wanted);
  assert.ok(await reaches(a, '172.30.0.1'));
  assert.ok(await reaches(a, '172.30.0.3'));
  assert.ok(await reaches(a, 'fd00:1::3'));
  const before = await listLinks();
  await reattachLinks(wanted);
  assert.equal(await listLinks(), before);
});

test('a macvlan is a neighbour on the parent, in the namespace alone', async () => {
  const container = newContainer();
  ip('link', 'add', 'wire0', 'mtu', '1400', 'type', 'veth', 'peer', 'name', 'wire1');
  try {
    ip('addr', 'add', '192.168.77.1/24', 'dev', 'wire1');
    ip('link', 'set', 'wire1', 'up');
    ip('link', 'set', 'wire0', 'up');
    const {mtu: _, ...lan} = link({
      on: {kind: 'macvlan', parent: 'wire0', mode: 'bridge'},
      addresses: ['192.168.77.2/24'],
      gateways: ['192.168.77.1'],
    });
    await setUpLinks(container, [lan]);
    assert.match(inside(container, 'addr', 'show', 'dev', 'eth0'), /mtu 1400 .*02:42:ac:1e:00:02/s);
    assert.ok(await reaches(container, '192.168.77.1'));
    assert.equal([...interfaceNames()].sort(), [bridge, 'lo', 'wire0', 'wire1']);
  } finally {
    removeNamespace(container.id);
    ip('link', 'del', 'wire0');
  }
});

test('a macvlan on an interface that is not there says so', async () => {
  const on = {kind: 'macvlan', parent: 'eth7', mode: 'bridge'} as const;
  const error = await engineErrorOf(() => setUpLinks(newContainer('web'), [link({on})]));
  assert.is(error.code, 'network-not-found');
  assert.is(error.message, 'cannot connect web: the host has no interface eth7');
});

test('modes and parents that would be more words of ip are refused', async () => {
  const mode = {kind: 'macvlan', parent: 'lo', mode: 'bridge up'} as const;
  const wrongMode = await engineErrorOf(() => setUpLinks(newContainer(), [link({on: mode})]));
  assert.is(wrongMode.code, 'invalid-option');
  assert.is(wrongMode.message, "'bridge up' is no mode of macvlan");
  const parent = {kind: 'macvlan', parent: 'a b', mode: 'bridge'} as const;
  const wrongParent = await engineErrorOf(() => setUpLinks(newContainer(), [link({on: parent})]));
  assert.is(wrongParent.message, "'a b' cannot be the name of an interface");
});

test('a failure inside names the command and what the kernel said', async () => {
  const container = newContainer();
  const error = await engineErrorOf(() => setUpLinks(container, [link({gateways: ['10.1.1.1']})]));
  assert.is(error.code, 'program-failed');
  assert.is(
    error.message,
    "'ip route replace default via 10.1.1.1 dev eth0' failed: Nexthop has invalid gateway.",
  );
});

test('the name on the host has the beginnings of name and id, and the position', () => {
  const id = `abcdef${'0'.repeat(58)}`;
  assert.is(vethName({id, name: 'db'}, 0), 'db-abcdef');
  assert.is(vethName({id, name: 'postgresql'}, 0), 'postgre-abcdef');
  assert.is(vethName({id, name: 'postgresql'}, 1), 'postgre-abcdef1');
  assert.is(vethName({id, name: 'postgresql'}, 40), 'postgr-abcdef14');
});

test("no container is taken for one of systemd-networkd's", () => {
  const id = `abcdef${'0'.repeat(58)}`;
  assert.is(vethName({id, name: 've'}, 0), 've_-abcdef');
  assert.is(vethName({id, name: 'vb'}, 2), 'vb_-abcdef2');
});

test('parameters of the namespace: no IPv6 where the network has none, and no routers that announce themselves', () => {
  assert.equal(containerSysctls([link(), {...dual(3), position: 1}]), {
    'net.ipv6.conf.default.accept_ra': '0',
    'net.ipv6.conf.eth0.disable_ipv6': '1',
    'net.ipv6.conf.eth1.accept_ra': '0',
  });
});

test.run();
