// Containers that are moved on and off networks while they run, and containers that share a namespace.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk} from '../support/test-host.ts';

const test = suite('network connect');
const {image} = await serveBusybox(test);

test.before.each(async () => {
  await crundleOk(['network', 'create', '--subnet', '10.81.0.0/24', 'front']);
  await crundleOk(['network', 'create', '--subnet', '10.82.0.0/24', '--ipv6', 'back']);
});

test.after.each(async () => {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', ...ids]);
  await assertHostClean();
});

const start = (name: string, ...flags: string[]) =>
  crundleOk(['run', '-d', '--name', name, ...flags, image, 'httpd', '-f', '-h', '/etc']);
const inside = (name: string, ...command: string[]) => crundleOk(['exec', name, ...command]);
const reads = async (name: string, url: string) =>
  (await crundle(['exec', name, 'wget', '-qO-', url])).stdout !== '';

test('an interface, an address, a name and a way out come and go', async () => {
  await start('web', '--network', 'front');
  await start('client', '--network', 'back');
  assert.not(await reads('client', 'http://site/hostname'));
  const address = ['--ip', '10.82.0.7', '--alias', 'site'];
  await crundleOk(['network', 'connect', ...address, 'back', 'web']);
  assert.match(await inside('web', 'ip', 'addr', 'show', 'eth1'), /inet 10\.82\.0\.7\/24/);
  assert.ok(await reads('client', 'http://site/hostname'));
  assert.match(await inside('web', 'ip', 'route'), /^default via 10\.81\.0\.1 dev eth0/m);
  await crundleOk(['network', 'disconnect', 'front', 'web']);
  assert.match(await inside('web', 'ip', 'route'), /^default via 10\.82\.0\.1 dev eth1/m);
  assert.not.match(await inside('web', 'ip', 'addr'), /eth0/);
  await crundleOk(['network', 'disconnect', 'back', 'web']);
  assert.not(await reads('client', 'http://site/hostname'));
});

test('the network with the higher priority gives the way out', async () => {
  await start('web', '--network', 'front');
  await crundleOk(['network', 'connect', '--gw-priority', '1', 'back', 'web']);
  assert.match(await inside('web', 'ip', 'route'), /^default via 10\.82\.0\.1 dev eth1/m);
});

test('a published port goes on by the network that is left', async () => {
  await start('web', '--network', 'front', '--network', 'back', '-p', '8080:80');
  const answers = async () => (await fetch('http://127.0.0.1:8080/hostname')).status;
  assert.is(await answers(), 200);
  await crundleOk(['network', 'disconnect', 'front', 'web']);
  assert.is(await answers(), 200);
  await crundleOk(['network', 'disconnect', 'back', 'web']);
  await crundleOk(['network', 'connect', 'front', 'web']);
  assert.is(await answers(), 200);
});

test('what does not go together is refused, and changes nothing', async () => {
  await start('web', '--network', 'front');
  await start('bare', '--network', 'none');
  const refusals: [string[], string][] = [
    [['connect', 'front', 'web'], 'endpoint with name web already exists in network front'],
    [
      ['connect', '--ip', '10.9.9.9', 'back', 'web'],
      'no configured subnet of network back contains 10.9.9.9: it has 10.82.0.0/24',
    ],
    [['connect', '--alias', 'a,b', 'back', 'web'], 'invalid network alias "a,b"'],
    [['disconnect', 'back', 'web'], 'container web is not connected to network back'],
    [['connect', 'back', 'bare'], 'container bare has no network namespace of its own'],
  ];
  const before = await inside('web', 'ip', 'addr');
  for (const [args, message] of refusals) {
    const {status, stderr} = await crundle(['network', ...args]);
    assert.is(status, 1, stderr);
    assert.ok(stderr.includes(message), `${args.join(' ')}: ${stderr}`);
  }
  assert.is(await inside('web', 'ip', 'addr'), before);
});

test('a container that was stopped is connected when it starts, with the address it had', async () => {
  await start('web', '--network', 'front');
  const address = /inet (10\.81\.0\.\d+)/.exec(await inside('web', 'ip', 'addr'))?.[1];
  await crundleOk(['stop', '-t', '0', 'web']);
  await crundleOk(['network', 'connect', 'back', 'web']);
  await crundleOk(['start', 'web']);
  const addresses = await inside('web', 'ip', 'addr');
  assert.ok(addresses.includes(`inet ${address}/24`));
  assert.match(addresses, /inet 10\.82\.0\.\d+\/24.* eth1/);
  await crundleOk(['restart', '-t', '0', 'web']);
  assert.ok((await inside('web', 'ip', 'addr')).includes(`inet ${address}/24`));
});

test('the interfaces of a namespace that is shared go with the container whose they are', async () => {
  await start('web', '--network', 'front');
  await start('other', '--network', 'front');
  await crundleOk(['run', '-d', '--name', 'guest', '--network', 'container:web', image, 'sleep', '600']);
  assert.match(await inside('guest', 'ip', 'addr'), /eth0/);
  assert.is(await inside('guest', 'hostname'), await inside('web', 'hostname'));
  await crundleOk(['stop', '-t', '0', 'web']);
  assert.not.match(await inside('guest', 'ip', 'addr'), /eth0/);
  const {status, stderr} = await crundle(['run', '--network', 'container:web', '--rm', image, 'true']);
  assert.is(status, 125);
  assert.match(stderr, /cannot join network of a non running container: web/);
});

test('a container does not start on a network that was removed meanwhile', async () => {
  await crundleOk(['create', '--name', 'web', '--network', 'front', image, 'true']);
  await crundleOk(['network', 'rm', 'front']);
  const {status, stderr} = await crundle(['start', 'web']);
  assert.is(status, 1);
  assert.match(stderr, /of container [0-9a-f]{12} not found: it was removed/);
});

test.run();
