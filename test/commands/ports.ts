// Published ports as run, ps, port and inspect show them, with docker 28's columns and words.
import {execFileSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk} from '../support/test-host.ts';

const test = suite('ports from the command line');
const {image} = await serveBusybox(test);

test.after(async () => {
  await crundle(['rm', '-f', ...(await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean)]);
  await crundleOk(['network', 'prune', '-f']);
  await assertHostClean();
});

async function run(name: string, ...flags: string[]): Promise<string> {
  return await crundleOk(['run', '-d', '--name', name, ...flags, image, 'sleep', '1000']);
}

async function inspect(name: string, format: string): Promise<unknown> {
  return JSON.parse(await crundleOk(['inspect', '-f', format, name]));
}

test('ps, port and inspect agree about what is published', async () => {
  await run('web', '-p', '18080:80', '-p', '127.0.0.1:1053:53/udp', '--expose', '443');
  const address = await crundleOk(['port', 'web', '80']);
  assert.is(address, '0.0.0.0:18080');
  assert.is(await crundleOk(['port', 'web', '53/udp']), '127.0.0.1:1053');
  assert.is(await crundleOk(['port', 'web']), '53/udp -> 127.0.0.1:1053\n80/tcp -> 0.0.0.0:18080');
  assert.is(
    await crundleOk(['ps', '--format', '{{.Ports}}|{{.Networks}}']),
    '443/tcp, 127.0.0.1:1053->53/udp, 0.0.0.0:18080->80/tcp|bridge',
  );
  assert.equal(await inspect('web', '{{json .NetworkSettings.Ports}}'), {
    '443/tcp': null,
    '53/udp': [{HostIp: '127.0.0.1', HostPort: '1053'}],
    '80/tcp': [{HostIp: '0.0.0.0', HostPort: '18080'}],
  });
  assert.equal(await inspect('web', '{{json .HostConfig.PortBindings}}'), {
    '53/udp': [{HostIp: '127.0.0.1', HostPort: '1053'}],
    '80/tcp': [{HostIp: '', HostPort: '18080'}],
  });
  assert.equal(await inspect('web', '{{json .Config.ExposedPorts}}'), {
    '443/tcp': {},
    '53/udp': {},
    '80/tcp': {},
  });
});

test('the port of something that is not published is an error', async () => {
  const missing = await crundle(['port', 'web', '81']);
  assert.is(missing.stderr.split('\n')[0], "Error: no public port '81' published for web");
  assert.is(missing.status, 1);
  const wrong = await crundle(['port', 'web', 'http']);
  assert.is(wrong.stderr.split('\n')[0], 'Error: invalid port (http): must be PORT[/PROTOCOL]');
  assert.is(wrong.status, 1);
});

test('inspect tells the endpoint that the kernel has', async () => {
  const settings = (await inspect('web', '{{json .NetworkSettings}}')) as {
    SandboxKey: string;
    IPAddress: string;
    Networks: Record<string, Record<string, unknown>>;
  };
  const bridge = settings.Networks.bridge ?? {};
  const links = JSON.parse(
    execFileSync('nsenter', [`--net=${settings.SandboxKey}`, 'ip', '-j', 'addr', 'show', 'eth0'], {
      encoding: 'utf8',
    }),
  ) as {address: string; addr_info: {local: string; prefixlen: number}[]}[];
  const [link] = links;
  assert.is(bridge.MacAddress, link?.address);
  assert.is(bridge.IPAddress, link?.addr_info[0]?.local);
  assert.is(bridge.IPPrefixLen, link?.addr_info[0]?.prefixlen);
  assert.match(String(bridge.EndpointID), /^[0-9a-f]{64}$/);
  assert.is(bridge.NetworkID, await crundleOk(['network', 'inspect', '-f', '{{.Id}}', 'bridge']));
  assert.is(settings.IPAddress, bridge.IPAddress, 'and again above the networks, for the default one');
  assert.equal([bridge.Aliases, bridge.DNSNames, bridge.IPAMConfig], [null, null, null]);
});

test('a stopped container publishes nothing, and keeps what was asked for', async () => {
  await crundleOk(['stop', '-t', '0', 'web']);
  assert.is(await crundleOk(['port', 'web']), '');
  assert.is(await crundleOk(['ps', '-a', '--format', '{{.Ports}}|{{.Networks}}']), '|bridge');
  assert.equal(await inspect('web', '{{json .NetworkSettings.Ports}}'), {});
  assert.is(await crundleOk(['inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'web']), '');
  await crundleOk(['start', 'web']);
  assert.is(await crundleOk(['port', 'web', '80/tcp']), '0.0.0.0:18080');
  await crundleOk(['rm', '-f', 'web']);
});

test('-P publishes every exposed port on a free port', async () => {
  await run('all', '-P', '--expose', '80-81', '-p', '18082:82');
  const lines = (await crundleOk(['port', 'all'])).split('\n');
  assert.is(lines.length, 3);
  assert.match(lines[0] ?? '', /^80\/tcp -> 0\.0\.0\.0:\d{5}$/);
  assert.match(lines[1] ?? '', /^81\/tcp -> 0\.0\.0\.0:\d{5}$/);
  assert.is(lines[2], '82/tcp -> 0.0.0.0:18082');
  assert.is(await crundleOk(['inspect', '-f', '{{.HostConfig.PublishAllPorts}}', 'all']), 'true');
  await crundleOk(['rm', '-f', 'all']);
});

test('the flags of a network land on the interface', async () => {
  await crundleOk(['network', 'create', '--subnet', '10.91.0.0/24', 'one']);
  await crundleOk(['network', 'create', '--subnet', '10.92.0.0/24', 'two']);
  const first = ['--network', 'one', '--ip', '10.91.0.77', '--mac-address', '02:42:0a:5b:00:4d'];
  await run('both', ...first, '--network-alias', 'front', '--network', 'name=two,ip=10.92.0.9,alias=back');
  const networks = (await inspect('both', '{{json .NetworkSettings.Networks}}')) as Record<
    string,
    Record<string, unknown>
  >;
  const id = (await crundleOk(['inspect', '-f', '{{.Id}}', 'both'])).slice(0, 12);
  assert.equal(Object.keys(networks), ['one', 'two']);
  const {one, two} = networks;
  assert.equal(
    [one?.IPAddress, one?.MacAddress, one?.Gateway],
    ['10.91.0.77', '02:42:0a:5b:00:4d', '10.91.0.1'],
  );
  assert.equal([one?.Aliases, one?.DNSNames], [['front'], ['both', 'front', id]]);
  assert.equal([one?.IPAMConfig, two?.IPAMConfig], [{IPv4Address: '10.91.0.77'}, {IPv4Address: '10.92.0.9'}]);
  assert.is(two?.IPAddress, '10.92.0.9');
  const addresses = await crundleOk(['exec', 'both', 'ip', '-4', '-o', 'addr']);
  assert.match(addresses, /eth0 +inet 10\.91\.0\.77\/24/);
  assert.match(addresses, /eth1 +inet 10\.92\.0\.9\/24/);
  assert.is(await crundleOk(['ps', '--format', '{{.Networks}}']), 'one,two');
  assert.is(await crundleOk(['inspect', '-f', '{{.HostConfig.NetworkMode}}', 'both']), 'one');
  await crundleOk(['rm', '-f', 'both']);
});

test("container:NAME shares the other's network, its names and files", async () => {
  await run('base', '--hostname', 'basehost');
  const shared = ['run', '--rm', '--network', 'container:base', image];
  const script = 'hostname; ip -4 -o addr show eth0; cat /etc/hosts';
  const theirs = await crundleOk(['exec', 'base', 'sh', '-c', script]);
  assert.is(await crundleOk([...shared, 'sh', '-c', script]), theirs);
  await run('guest', '--network', 'container:base');
  const id = await crundleOk(['inspect', '-f', '{{.Id}}', 'base']);
  assert.is(await crundleOk(['inspect', '-f', '{{.HostConfig.NetworkMode}}', 'guest']), `container:${id}`);
  assert.equal(await inspect('guest', '{{json .NetworkSettings.Networks}}'), {});
  await crundleOk(['rm', '-f', 'guest', 'base']);
});

const refused: [flags: string[], message: string][] = [
  [
    ['--network', 'container:x', '-p', '80:80'],
    'conflicting options: port publishing and the container type network mode',
  ],
  [
    ['--network', 'container:x', '-P'],
    'conflicting options: port publishing and the container type network mode',
  ],
  [
    ['--network', 'container:x', '--expose', '80'],
    'conflicting options: port exposing and the container type network mode',
  ],
  [['--network', 'container:x', '--hostname', 'q'], 'conflicting options: hostname and the network mode'],
  [['-p', 'x'], 'invalid argument "x" for "-p, --publish" flag: invalid containerPort: x'],
  [['--network', 'container:absent'], 'no such container: absent'],
];
for (const [flags, message] of refused) {
  test(`run ${flags.join(' ')} is refused`, async () => {
    const {status, stderr} = await crundle(['run', ...flags, image, 'true']);
    assert.equal([status, stderr.split('\n')[0]], [125, `Error: ${message}`]);
    assert.is(await crundleOk(['ps', '-aq']), '');
  });
}

for (const mode of ['host', 'none']) {
  test(`with the network mode ${mode} published ports are discarded, with a warning`, async () => {
    const {status, stderr} = await crundle(['run', '--rm', '--network', mode, '-p', '80:80', image, 'true']);
    assert.equal(
      [status, stderr],
      [0, `WARNING: Published ports are discarded when using ${mode} network mode\n`],
    );
  });
}

test.run();
