// What others do to crundle's links and rules, and a reboot: the next command makes them again from the records.
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {NetworkHosts} from '../support/network-hosts.ts';
import {placeOfProcess} from '../support/network-place.ts';
import {assertNoContainerTraces} from '../support/network-traces.ts';
import {pidOf, reboot, rebootNetworks} from '../support/reboot.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, testHost} from '../support/test-host.ts';

const test = suite('healing of networks');
const {image} = await serveBusybox(test);
let hosts: NetworkHosts;
let web: string;

test.before(async () => {
  hosts = await NetworkHosts.start();
});

test.after(async () => {
  await hosts[Symbol.asyncDispose]();
  await crundleOk(['network', 'prune', '--force']);
  await assertHostClean();
});

const run = (...args: string[]) =>
  crundleOk(['run', '-d', '--network', 'shop', '--stop-signal', 'KILL', ...args, image, 'sleep', '1000']);

test.before.each(async () => {
  await crundleOk(['network', 'create', '--ipv6', '--opt', 'com.docker.network.bridge.name=shop0', 'shop']);
  web = await run('--name', 'web', '-p', '8080:80');
  await run('--name', 'friend');
});

test.after.each(async () => {
  await assertNoContainerTraces();
  await crundleOk(['network', 'rm', 'shop']);
});

/** From outside over both families, by name from another container, and from the container to the outside. */
async function assertConnected(id = web): Promise<void> {
  const {client, engine, upstream} = hosts;
  await using place = placeOfProcess('web', pidOf(id));
  await using _server = await place.listen({protocol: 'tcp', port: 80});
  await using outside = await upstream.listen({protocol: 'tcp', port: 0});
  assert.is(await client.sourceSeenBy('tcp', engine.ipv4, 8080), client.ipv4);
  assert.is(await client.sourceSeenBy('tcp', engine.ipv6, 8080), client.ipv6);
  assert.is(await place.sourceSeenBy('tcp', upstream.ipv4, outside.port), hosts.engineUpstream.ipv4);
  assert.match(await crundleOk(['exec', 'friend', 'nslookup', 'web']), /Address.*: .*\d+\.\d+\.\d+\.\d+/);
}

const addressesOf = async (id: string) =>
  crundleOk(['inspect', '-f', '{{json .NetworkSettings.Networks.shop.IPAddress}}', id]);

test('rules are listed again only after somebody else has changed one', async () => {
  const listings = async (port: string) => {
    const {stderr} = await crundle([
      '--debug',
      'run',
      '--rm',
      '--network',
      'shop',
      '-p',
      port,
      image,
      'true',
    ]);
    assert.match(stderr, /nft -f -/);
    return stderr.match(/nft -j list/g)?.length ?? 0;
  };
  assert.is(await listings('8081:80'), 0);
  assert.is(await listings('8081:80'), 0);
  execFileSync('nft', ['add', 'table', 'inet', 'other']);
  assert.not.equal(await listings('8081:80'), 0);
  execFileSync('nft', ['delete', 'table', 'inet', 'other']);
});

test('after nft flush ruleset any command brings the rules back', async () => {
  await assertConnected();
  execFileSync('nft', ['flush', 'ruleset']);
  await crundleOk(['ps']);
  await assertConnected();
});

test('network reload brings them back, and says nothing went wrong', async () => {
  execFileSync('nft', ['flush', 'ruleset']);
  await crundleOk(['network', 'reload']);
  await assertConnected();
});

test('a deleted table of three is noticed', async () => {
  execFileSync('nft', ['delete', 'table', 'ip', 'crundle']);
  await crundleOk(['ps']);
  await assertConnected();
});

test('after a deleted bridge running containers are connected again, with their addresses', async () => {
  const before = await addressesOf(web);
  execFileSync('ip', ['link', 'delete', 'shop0']);
  await crundleOk(['ps']);
  assert.is(await addressesOf(web), before);
  await assertConnected();
});

test('a bridge that is down, or has lost its address, is mended by network reload', async () => {
  execFileSync('ip', ['link', 'set', 'shop0', 'down']);
  execFileSync('ip', ['addr', 'flush', 'dev', 'shop0']);
  await crundleOk(['network', 'reload']);
  await assertConnected();
});

test('the detour of published ports is made again', async () => {
  execFileSync('ip', ['link', 'delete', 'crundle-in']);
  await crundleOk(['ps']);
  await assertConnected();
});

test('a killed name service is started again', async () => {
  const pidFile = join(testHost.runRoot, 'aardvark/networks/aardvark.pid');
  process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
  await sleep(50);
  await crundleOk(['ps']);
  await assertConnected();
});

test('after a reboot containers start again with their addresses, ports and names', async () => {
  const before = await addressesOf(web);
  const friend = await crundleOk(['inspect', '-f', '{{.Id}}', 'friend']);
  rebootNetworks();
  await reboot(testHost, [web, friend]);
  assert.is(await crundleOk(['ps', '-q']), '');
  await crundleOk(['start', 'web', 'friend']);
  assert.is(await addressesOf(web), before);
  await assertConnected();
});

test.run();
