// Containers with a health check, as a person sees them, and the one process that probes them.
import {readdirSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import * as assert from 'uvu/assert';
import type {HealthState} from '../../src/containers/health/health-state.ts';
import {processArguments} from '../../src/system/process-identity.ts';
import {crundleOk} from './test-host.ts';

/** Runs a container in the background whose health is whether /ok is there, at first or not. Returns its id. */
export async function runChecked(image: string, name: string, ...flags: string[]): Promise<string> {
  return await crundleOk([
    ...['run', '-d', '--network', 'none', '--name', name, '--stop-signal', 'KILL'],
    ...['--health-cmd', 'cat /ok', '--health-interval', '200ms', '--health-retries', '2', ...flags],
    ...[image, 'sh', '-c', 'echo fine >/ok; exec sleep 1000'],
  ]);
}

export async function healthOf(container: string): Promise<HealthState | undefined> {
  const text = await crundleOk(['inspect', '-f', '{{json .State}}', container]);
  return JSON.parse(text).Health;
}

/** Asks until it is so, for half a minute. */
export async function untilHealth(
  container: string,
  holds: (health: HealthState) => boolean,
): Promise<HealthState> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const health = await healthOf(container);
    if (health && holds(health)) return health;
    assert.ok(Date.now() < deadline, `still ${JSON.stringify(health)}`);
    await sleep(50);
  }
}

export const isHealthy = ({Status}: HealthState) => Status === 'healthy';
export const isUnhealthy = ({Status}: HealthState) => Status === 'unhealthy';

/** PIDs of the processes that probe, of this test host. */
export function checkers(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => /\bsystem[ \0]health\b/.test(processArguments(pid).join(' ')));
}

/** Asks until there are so many, for half a minute. */
export async function untilCheckers(count: number): Promise<number[]> {
  const deadline = Date.now() + 30_000;
  while (checkers().length !== count && Date.now() < deadline) await sleep(20);
  assert.is(checkers().length, count, 'processes that probe');
  return checkers();
}

/** Removes all containers with their anonymous volumes, and waits until nobody probes. */
export async function removeAllChecked(): Promise<void> {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', '-v', ...ids]);
  await untilCheckers(0);
}
