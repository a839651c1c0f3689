// A container's view of its network, and what command lines about networks print, beside Docker's in the same run.
// Addresses, Ethernet addresses, IDs and host ports differ by nature: each engine's own are replaced by words.
import {spawnSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {DockerDaemon, dockerMissing} from '../support/docker-daemon.ts';
import {type Registry, startRegistry} from '../support/registry-server.ts';
import {assertHostClean, crundle, crundleOk, crundlePath, saySkipped} from '../support/test-host.ts';

interface Engine {
  name: 'docker' | 'crundle';
  /** Host port of the published one: both engines share the host. */
  port: string;
  run(args: string[]): {status: number; stdout: string; stderr: string};
}

const comparison = suite('what Docker shows of networks');
const test = dockerMissing === undefined ? comparison : comparison.skip;
if (dockerMissing !== undefined) saySkipped(dockerMissing);
let registry: Registry;
let daemon: DockerDaemon;
let image: string;
let engines: [Engine, Engine];

comparison.before(async () => {
  if (dockerMissing !== undefined) return;
  registry = await startRegistry();
  image = `${registry.address}/busybox`;
  daemon = await DockerDaemon.start({bridge: true});
  engines = [
    {name: 'docker', port: '18080', run: (args) => daemon.try(...args)},
    {
      name: 'crundle',
      port: '18081',
      run: (args) => {
        const {status, stdout, stderr} = spawnSync(crundlePath, args, {encoding: 'utf8'});
        return {status: status ?? -1, stdout, stderr};
      },
    },
  ];
  daemon.client('pull', '-q', '--platform', 'linux/arm64', image);
  await crundleOk(['pull', '-q', image]);
  for (const engine of engines) {
    mustRun(engine, 'network', 'create', '--subnet', subnetOf(engine), 'shop');
    mustRun(engine, 'run', '-d', '--name', 'plain', '--hostname', 'plainhost', image, 'sleep', '1000');
    const flags = ['--network', 'shop', '--network-alias', 'front', '--hostname', 'webhost'];
    mustRun(
      engine,
      'run',
      '-d',
      '--name',
      'web',
      '-p',
      `${engine.port}:80`,
      ...flags,
      image,
      'sleep',
      '1000',
    );
  }
});

comparison.after(async () => {
  if (dockerMissing !== undefined) return;
  for (const engine of engines) {
    engine.run(['rm', '-f', 'web', 'plain']);
    engine.run(['network', 'rm', 'shop']);
  }
  await crundle(['network', 'prune', '--force']);
  await daemon[Symbol.asyncDispose]();
  await registry.stop();
  await assertHostClean();
});

const subnetOf = ({name}: Engine) => (name === 'docker' ? '10.77.0.0/24' : '10.88.0.0/24');

function mustRun(engine: Engine, ...args: string[]): string {
  const {status, stdout, stderr} = engine.run(args);
  assert.is(status, 0, `${engine.name} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

// The rest is what Docker 20.10 writes and later ones do not (fe00::0, `default`, no ::1 on lo), and what is nothing to a
// program: the length of a queue that is not there, a broadcast address, which the kernel knows without.
// Docker publishes a port of an IPv4 container on [::] too, by a process a port; crundle does not (docs/networking.md).
function normalize(text: string, {port}: Engine): string {
  return text
    .replaceAll(port, 'PORT')
    .replace(/, (:::|\[::\]:)PORT->80\/tcp/g, '')
    .replace(/^(:::|\[::\]:)PORT\n/gm, '')
    .replace(/,\{"HostIp":"::","HostPort":"PORT"\}/g, '')
    .replace(/^80\/tcp -> (:::|\[::\]:)PORT\n/gm, '')
    .replace(/\b10\.(77|88)\.0\./g, 'SHOP.')
    .replace(/\b172\.\d+\.\d+\./g, 'BRIDGE.')
    .replace(/\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, 'MAC')
    .replace(/\b[0-9a-f]{64}\b/g, 'ID')
    .replace(/\b[0-9a-f]{12}\b/g, 'SHORT-ID')
    .replace(/^\d+: (\w+)(@if\d+)?:/gm, '$1:')
    .replace(/ qlen 1000/g, '')
    .replace(/ brd (SHOP|BRIDGE)\.\S+/g, '')
    .replace(/ {4}inet6 ::1\/128 .*\n.*valid_lft.*\n/g, '')
    .replace(/^(fe|ff)00::0\t/gm, '$100::\t')
    .replace(/^default$/gm, 'bridge')
    .replace(/ link-netnsid \d+/g, '')
    .replace(/(Error response from daemon|docker|crundle|Error): /g, '')
    .replace(/[ \t]+$/gm, '');
}

function same(args: (engine: Engine) => string[], look = (text: string) => text): void {
  const [docker, ours] = engines.map((engine) => {
    const {status, stdout} = engine.run(args(engine));
    return {status, stdout: look(normalize(stdout, engine))};
  });
  assert.equal(ours, docker);
}

const sorted = (text: string) => text.split('\n').sort().join('\n');

for (const container of ['plain', 'web']) {
  for (const command of ['ip addr', 'ip route', 'ip -6 route', 'cat /etc/hosts', 'hostname -i']) {
    test(`in ${container}: ${command}`, () => same(() => ['exec', container, ...command.split(' ')]));
  }
}

test('in plain: cat /etc/resolv.conf', () => {
  // The host of the test has no resolver that a container reaches; what stands in for it differs.
  const servers = /^nameserver .*\n?/gm;
  same(
    () => ['exec', 'plain', 'cat', '/etc/resolv.conf'],
    (text) => text.replace(servers, '').replace(/^#.*\n?/gm, ''),
  );
});

test('in web: cat /etc/resolv.conf asks one server, and tries names as they stand', () => {
  for (const engine of engines) {
    const text = mustRun(engine, 'exec', 'web', 'cat', '/etc/resolv.conf');
    assert.match(text, /^nameserver (127\.0\.0\.11|10\.88\.0\.1)$/m);
    assert.match(text, /^options .*ndots:0/m);
  }
});

const lines: [string, (engine: Engine) => string[], ((text: string) => string)?][] = [
  ['network ls', () => ['network', 'ls', '--format', '{{.Name}} {{.Driver}} {{.Scope}}'], sorted],
  ['network ls -f', () => ['network', 'ls', '-f', 'driver=bridge', '--format', '{{.Name}}'], sorted],
  ['network inspect bridge', () => inspectNetwork('bridge')],
  ['network inspect shop', () => inspectNetwork('shop')],
  [
    'network inspect -f IPAM',
    () => ['network', 'inspect', '-f', '{{range .IPAM.Config}}{{.Subnet}}{{end}}', 'shop'],
  ],
  ['port', () => ['port', 'web']],
  ['port 80', () => ['port', 'web', '80']],
  ['port 80/tcp', () => ['port', 'web', '80/tcp']],
  ['port of nothing', () => ['port', 'web', '81']],
  ['ps -f publish', () => ['ps', '-a', '-f', 'publish=80', '--format', '{{.Names}}']],
  ['ps -f publish of the host', ({port}) => ['ps', '-a', '-f', `publish=${port}`, '--format', '{{.Names}}']],
  ['ps -f publish of a range', () => ['ps', '-f', 'publish=70-90/tcp', '--format', '{{.Names}}']],
  ['ps -f publish udp', () => ['ps', '-a', '-f', 'publish=80/udp', '--format', '{{.Names}}']],
  ['ps -f expose', () => ['ps', '-a', '-f', 'expose=80', '--format', '{{.Names}}']],
  ['ps', () => ['ps', '--format', '{{.Names}} {{.Ports}}'], sorted],
  ['inspect Ports', () => ['inspect', '-f', '{{json .NetworkSettings.Ports}}', 'web']],
  ['inspect PortBindings', () => ['inspect', '-f', '{{json .HostConfig.PortBindings}}', 'web']],
  [
    'inspect addresses',
    () => inspectContainer('{{$n.IPAddress}}/{{$n.IPPrefixLen}} {{$n.Gateway}} {{$n.MacAddress}}'),
  ],
  ['inspect NetworkMode', () => ['inspect', '-f', '{{.HostConfig.NetworkMode}}', 'web', 'plain']],
  ['run --network none', () => runIn(['--network', 'none'], 'ip', 'addr')],
  [
    'run --network container:',
    () => runIn(['--network', 'container:web'], 'ip', '-4', 'addr', 'show', 'eth0'),
  ],
  [
    'a name',
    () => runIn(['--network', 'shop'], 'ping', '-c', '1', '-q', 'web'),
    (text) => text.replace(/[\d./]+ ms/g, 'TIME'),
  ],
  [
    'an alias',
    () => runIn(['--network', 'shop'], 'ping', '-c', '1', '-q', 'front'),
    (text) => text.replace(/[\d./]+ ms/g, 'TIME'),
  ],
  ['the names of a namespace that is shared', () => runIn(['--network', 'container:web'], 'hostname')],
];

function inspectNetwork(name: string): string[] {
  const fields = ['Name', 'Driver', 'Scope', 'Internal', 'EnableIPv6', 'Attachable', 'Ingress'];
  return ['network', 'inspect', '-f', fields.map((field) => `{{.${field}}}`).join(' '), name];
}

function inspectContainer(format: string): string[] {
  return ['inspect', '-f', `{{range $k, $n := .NetworkSettings.Networks}}{{$k}} ${format}{{end}}`, 'web'];
}

function runIn(flags: string[], ...command: string[]): string[] {
  return ['run', '--rm', ...flags, image, ...command];
}

for (const [title, args, look] of lines) test(`the same answer: ${title}`, () => same(args, look));

/** What must be refused: the same exit status, and Docker's words in ours. */
const refusals: [string, (engine: Engine) => string[], RegExp][] = [
  ['a network that is not there', () => runIn(['--network', 'nope'], 'true'), /network nope not found/],
  [
    'a second network of that name',
    () => ['network', 'create', 'shop'],
    /network with name shop already exists/,
  ],
  ['the removal of one that is used', () => ['network', 'rm', 'shop'], /has active endpoints/],
  ['the inspection of one that is not there', () => ['network', 'inspect', 'nope'], /nope/],
  ['a port that is no port', () => runIn(['-p', '99999:80'], 'true'), /invalid .*99999/i],
  [
    'a port that is published already',
    ({port}) => runIn(['-p', `${port}:80`], 'true'),
    /port is already allocated|container web has it/,
  ],
  [
    'a disconnection of what is not connected',
    () => ['network', 'disconnect', 'shop', 'plain'],
    /not connected/,
  ],
];

for (const [title, args, words] of refusals) {
  test(`the same refusal: ${title}`, () => {
    const [docker, ours] = engines.map((engine) => engine.run(args(engine)));
    assert.not.equal(docker?.status, 0);
    assert.is(ours?.status, docker?.status, `${ours?.stderr}; docker: ${docker?.stderr}`);
    assert.match(ours?.stderr ?? '', words, ours?.stderr);
    assert.match(docker?.stderr ?? '', words, docker?.stderr);
  });
}

comparison.run();
