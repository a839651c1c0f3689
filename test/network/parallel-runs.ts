// Fifty commands at once: every container gets an address and a port of its own, and gives them back.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {assertNoContainerTraces, containerTraces} from '../support/network-traces.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk} from '../support/test-host.ts';

const test = suite('parallel runs');
const {image} = await serveBusybox(test);
const count = 50;
const timeoutMs = 200_000;

async function fiftyAtOnce(args: (index: number) => string[]): Promise<string[]> {
  const results = await Promise.all(
    Array.from({length: count}, (_, index) => crundle(args(index), {timeoutMs})),
  );
  assert.equal(
    results.filter(({status}) => status !== 0).map(({stderr}) => stderr),
    [],
  );
  return results.map(({stdout}) => stdout.trim());
}

test('fifty runs get fifty addresses and ports, fifty removals leave nothing', async () => {
  await crundleOk(['network', 'create', '--ipv6', 'shop']);
  const ids = await fiftyAtOnce((index) => [
    ...['run', '-d', '--name', `c${index}`, '--network', 'shop', '-p', '0:80', '--stop-signal', 'KILL'],
    ...[image, 'sleep', '1000'],
  ]);
  const containers = JSON.parse(await crundleOk(['inspect', ...ids]));
  const networks = containers.map(
    (container: {NetworkSettings: {Networks: {shop: Record<string, string>}}}) =>
      container.NetworkSettings.Networks.shop,
  );
  for (const field of ['IPAddress', 'GlobalIPv6Address', 'MacAddress']) {
    const values = new Set(networks.map((network: Record<string, string>) => network[field]));
    assert.is(values.size, count, `${field}: ${[...values].sort().join(' ')}`);
    assert.not(values.has(''));
  }
  const ports = containers.map(
    (container: {NetworkSettings: {Ports: Record<string, {HostPort: string}[]>}}) =>
      container.NetworkSettings.Ports['80/tcp']?.[0]?.HostPort,
  );
  assert.is(new Set(ports).size, count, ports.join(' '));
  assert.is(containerTraces().filter((trace) => trace.startsWith('namespace')).length, count);
  assert.is(containerTraces().filter((trace) => trace.startsWith('veth')).length, count);
  assert.is(containerTraces().filter((trace) => trace.startsWith('name record')).length, count);

  await fiftyAtOnce((index) => ['rm', '-f', `c${index}`]);
  await assertNoContainerTraces();
  await crundleOk(['network', 'rm', 'shop']);
  await crundleOk(['network', 'prune', '--force']);
  await assertHostClean();
});

test.run();
