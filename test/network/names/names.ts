// Names of containers and of the world outside, asked for from inside containers: aardvark-dns, resolv.conf, resolvers of
// the host.
import {execFileSync} from 'node:child_process';
import {createSocket, type Socket} from 'node:dgram';
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {bitsOf, type IpAddress} from '../../../src/addresses/ip-address.ts';
import {serveBusybox} from '../../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, testHost, writeConfig} from '../../support/test-host.ts';

const test = suite('names of containers');
const {image} = await serveBusybox(test);
const resolvConf = join(testHost.tmp, 'resolv.conf');
const service = join(testHost.runRoot, 'aardvark');

test.before(async () => {
  writeFileSync(resolvConf, 'nameserver 127.0.0.53\nsearch example.org\n');
  execFileSync('mount', ['--bind', resolvConf, '/etc/resolv.conf']);
});

test.after(async () => {
  execFileSync('umount', ['/etc/resolv.conf']);
});

test.after.each(async () => {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', ...ids]);
  await assertHostClean();
});

/** A resolver of the host that answers every question for an IPv4 address with the same one. */
async function resolver(address: string, answer: string): Promise<Disposable> {
  const socket: Socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (query, {port, address: client}) => {
    const end = query.indexOf(0, 12) + 5;
    const header = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, ...answer.split('.').map(Number)]);
    socket.send(Buffer.concat([header, query.subarray(12, end), record]), port, client);
  });
  await new Promise<void>((done) => socket.bind(53, address, done));
  return {[Symbol.dispose]: () => void socket.close()};
}

const start = (name: string, ...flags: string[]) =>
  crundleOk(['run', '-d', '--name', name, ...flags, image, 'sleep', '600']);

/** The addresses that a name has inside a container, in order; empty when it has none. The dot: no search domain. */
async function lookUp(container: string, name: string, type = 'a'): Promise<string[]> {
  const {stdout} = await crundle(['exec', container, 'nslookup', `-type=${type}`, `${name}.`]);
  const answers = stdout.slice(stdout.indexOf('\n\n'));
  return [...answers.matchAll(/^(?:Address: |.*name = )(\S+)$/gm)].map(([, value = '']) => value).sort();
}

const addressOf = (container: string, network: string, field = 'IPv4Address') =>
  crundleOk([
    'network',
    'inspect',
    '-f',
    `{{range .Containers}}{{if eq .Name "${container}"}}{{.${field}}}{{end}}{{end}}`,
    network,
  ]).then((text) => text.replace(/\/\d+$/, ''));

test('name, alias, short id and name with the network are found, IPv4 and IPv6, and back', async () => {
  await crundleOk(['network', 'create', '--ipv6', 'front']);
  const id = await start('web', '--network', 'name=front,alias=www', '--hostname', 'box');
  await start('client', '--network', 'front');
  const [ipv4, ipv6] = [await addressOf('web', 'front'), await addressOf('web', 'front', 'IPv6Address')];
  for (const name of ['web', 'www', 'box', id.slice(0, 12), 'web.front']) {
    assert.equal(await lookUp('client', name), [ipv4], name);
    assert.equal(await lookUp('client', name, 'aaaa'), [ipv6], name);
  }
  assert.equal(await lookUp('client', 'nobody'), []);
  const reversed = ipv4.split('.').reverse().join('.');
  assert.ok((await lookUp('client', `${reversed}.in-addr.arpa`, 'ptr')).includes('web'));
  const digits = bitsOf(ipv6 as IpAddress)
    .toString(16)
    .padStart(32, '0');
  assert.ok((await lookUp('client', `${[...digits].reverse().join('.')}.ip6.arpa`, 'ptr')).includes('web'));
});

test('only containers of the same network are found', async () => {
  await crundleOk(['network', 'create', 'front']);
  await crundleOk(['network', 'create', 'back']);
  await start('web', '--network', 'front');
  await start('data', '--network', 'back');
  await start('both', '--network', 'front', '--network', 'back');
  assert.equal(await lookUp('web', 'data'), []);
  assert.equal((await lookUp('both', 'data')).length, 1);
  assert.equal((await lookUp('both', 'web')).length, 1);
});

test('names outside go to the resolver of the host, on 127.0.0.53 and on ::1, and to another when it changes', async () => {
  using _first = await resolver('127.0.0.53', '192.0.2.1');
  using _second = await resolver('::1', '192.0.2.2');
  await crundleOk(['network', 'create', 'front']);
  await start('web', '--network', 'front');
  assert.equal(await lookUp('web', 'example.com'), ['192.0.2.1']);
  writeFileSync(resolvConf, 'nameserver ::1\nsearch example.org\n');
  await crundleOk(['ps']);
  assert.equal(await lookUp('web', 'example.com'), ['192.0.2.2']);
  writeFileSync(resolvConf, 'nameserver 127.0.0.53\nsearch example.org\n');
});

test('on the default network a resolver on the loopback of the host is reached by way of the gateway', async () => {
  using _resolver = await resolver('127.0.0.53', '192.0.2.1');
  await start('web');
  assert.match(await crundleOk(['exec', 'web', 'cat', '/etc/resolv.conf']), /^nameserver 172\.\d+\.0\.1$/m);
  assert.equal(await lookUp('web', 'example.com'), ['192.0.2.1']);
  assert.equal(await lookUp('web', 'web'), [], 'no names of containers, as under Docker');
});

test("search domains are the host's, or those of the configuration", async () => {
  await crundleOk(['network', 'create', 'front']);
  await start('web', '--network', 'front');
  const lines = (await crundleOk(['exec', 'web', 'cat', '/etc/resolv.conf'])).split('\n');
  assert.equal(lines.slice(1), ['search example.org', 'options ndots:0']);
});

test('another program on port 53 of every address is no obstacle', async () => {
  using _other = await resolver('0.0.0.0', '192.0.2.9');
  await crundleOk(['network', 'create', 'front']);
  await start('web', '--network', 'front');
  await start('client', '--network', 'front');
  assert.equal(await lookUp('client', 'web'), [await addressOf('web', 'front')]);
  assert.is.not(readFileSync(join(service, 'port'), 'utf8'), '53');
});

test('a program that takes port 53 of a gateway is no obstacle either, when it comes first and when it goes', async () => {
  await crundleOk(['network', 'create', 'front']);
  await start('web', '--network', 'front');
  await crundleOk(['network', 'create', '--subnet', '10.77.0.0/24', '--ipv6', 'back']);
  {
    using _bind = await resolver('10.77.0.1', '192.0.2.9');
    await start('data', '--network', 'back');
    await start('client', '--network', 'back', '--network', 'front');
    assert.equal(await lookUp('client', 'data'), [await addressOf('data', 'back')]);
    assert.equal(await lookUp('client', 'web'), [await addressOf('web', 'front')]);
    assert.is.not(readFileSync(join(service, 'port'), 'utf8'), '53');
  }
  await crundleOk(['rm', '-f', 'web', 'data', 'client']);
  await start('data', '--network', 'back');
  assert.is(readFileSync(join(service, 'port'), 'utf8'), '53');
  assert.equal(await lookUp('data', 'data'), [await addressOf('data', 'back')]);
});

test('an internal network has no names outside, unless its container is on another network too', async () => {
  using _resolver = await resolver('127.0.0.53', '192.0.2.1');
  await crundleOk(['network', 'create', '--internal', 'inner']);
  await crundleOk(['network', 'create', 'front']);
  await start('data', '--network', 'inner');
  await start('both', '--network', 'inner', '--network', 'front');
  assert.equal(await lookUp('data', 'both'), [await addressOf('both', 'inner')]);
  assert.equal(await lookUp('data', 'example.com'), []);
  assert.equal(await lookUp('both', 'example.com'), ['192.0.2.1']);
});

test('resolvers of the configuration are asked in place of those of the host', async () => {
  using _host = await resolver('127.0.0.53', '192.0.2.1');
  using _other = await resolver('127.0.0.77', '192.0.2.77');
  await crundleOk(['network', 'create', 'front']);
  await start('web', '--network', 'front');
  writeConfig({dns: ['127.0.0.77']});
  await crundleOk(['ps']);
  assert.equal(await lookUp('web', 'example.com'), ['192.0.2.77']);
  writeConfig({});
  await crundleOk(['ps']);
  assert.equal(await lookUp('web', 'example.com'), ['192.0.2.1']);
});

test('a container that was given the gateway as its resolver keeps it when the host gets resolvers of its own', async () => {
  using _resolver = await resolver('127.0.0.53', '192.0.2.1');
  using _other = await resolver('127.0.0.77', '192.0.2.77');
  await start('web');
  writeFileSync(resolvConf, 'nameserver 127.0.0.77\nnameserver 192.0.2.53\n');
  await crundleOk(['ps']);
  await start('client');
  assert.equal(await crundleOk(['exec', 'client', 'cat', '/etc/resolv.conf']), 'nameserver 192.0.2.53');
  assert.equal(await lookUp('web', 'example.com'), ['192.0.2.77']);
  writeFileSync(resolvConf, 'nameserver 127.0.0.53\nsearch example.org\n');
});

test('what a killed command has not told the service is told by the next', async () => {
  await crundleOk(['network', 'create', 'front']);
  await start('web', '--network', 'front');
  await start('client', '--network', 'front');
  const networks = join(service, 'networks');
  const file = join(networks, readdirSync(networks).find((name) => name !== 'aardvark.pid') ?? '');
  const whole = readFileSync(file, 'utf8');
  writeFileSync(file, whole.replaceAll('web', 'old'));
  process.kill(Number(readFileSync(join(networks, 'aardvark.pid'), 'utf8')), 'SIGHUP');
  writeFileSync(join(service, 'unread'), '');
  await crundleOk(['ps']);
  assert.is(readFileSync(file, 'utf8'), whole);
  assert.equal(await lookUp('client', 'web'), [await addressOf('web', 'front')]);
  assert.not(existsSync(join(service, 'unread')));
});

test('a container may publish port 53 beside it', async () => {
  await crundleOk(['network', 'create', 'front']);
  await start('web', '--network', 'front');
  await start('hole', '--network', 'front', '-p', '53:53/udp');
  assert.match(await crundleOk(['port', 'hole']), /^53\/udp -> 0\.0\.0\.0:53$/m);
  assert.equal(await lookUp('hole', 'web'), [await addressOf('web', 'front')]);
});

test('one process for all networks, gone with the last container that has a name', async () => {
  const running = () =>
    readdirSync('/proc').filter(
      (pid) =>
        /^\d+$/.test(pid) &&
        existsSync(`/proc/${pid}/cmdline`) &&
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('aardvark-dns'),
    ).length;
  await crundleOk(['network', 'create', 'front']);
  await crundleOk(['network', 'create', 'back']);
  assert.is(running(), 0);
  await start('web', '--network', 'front');
  await start('data', '--network', 'back');
  assert.is(running(), 1);
  await crundleOk(['rm', '-f', 'web']);
  assert.is(running(), 1);
  await crundleOk(['rm', '-f', 'data']);
  assert.is(running(), 0);
});

test('a name service that was killed is started again by the next command', async () => {
  await crundleOk(['network', 'create', 'front']);
  await start('web', '--network', 'front');
  process.kill(Number(readFileSync(join(service, 'networks/aardvark.pid'), 'utf8')), 'SIGKILL');
  await crundleOk(['ps']);
  assert.equal(await lookUp('web', 'web'), [await addressOf('web', 'front')]);
});

test.run();
