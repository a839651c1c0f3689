// Containers with a restart policy, as a person sees them, and the processes that wait for their next start.
import {readdirSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import * as assert from 'uvu/assert';
import {processArguments} from '../../src/system/process-identity.ts';
import {crundleOk} from './test-host.ts';

export interface Facts {
  status: string;
  restarts: number;
  exitCode: number;
  restarting: boolean;
  running: boolean;
  pid: number;
  startedAt: Date;
  error: string;
}

export async function factsOf(container: string): Promise<Facts> {
  const [{State: state, RestartCount: restarts}] = JSON.parse(await crundleOk(['inspect', container]));
  return {
    status: state.Status,
    restarts,
    exitCode: state.ExitCode,
    restarting: state.Restarting,
    running: state.Running,
    pid: state.Pid,
    startedAt: new Date(state.StartedAt),
    error: state.Error,
  };
}

/** Asks until it is so, for half a minute. */
export async function until(container: string, holds: (facts: Facts) => boolean): Promise<Facts> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const facts = await factsOf(container);
    if (holds(facts)) return facts;
    assert.ok(Date.now() < deadline, `still ${JSON.stringify(facts)}`);
    await sleep(50);
  }
}

/** Runs a container in the background, without a network, that ends at once when it is stopped. Returns its id. */
export async function runWithPolicy(policy: string, ...rest: string[]): Promise<string> {
  return await crundleOk([
    'run',
    '-d',
    '--restart',
    policy,
    '--network',
    'none',
    '--stop-signal',
    'KILL',
    ...rest,
  ]);
}

/** Until a container that keeps failing has a pause of 1.6 seconds before it, or more. */
export async function untilLongPause(container: string): Promise<Facts> {
  return await until(container, ({restarts, status}) => restarts >= 5 && status === 'restarting');
}

/** When each start of a container that writes one line wrote it, in milliseconds. */
export async function startsOf(container: string): Promise<number[]> {
  const lines = (await crundleOk(['logs', '-t', container])).split('\n').filter(Boolean);
  return lines.map((line) => Date.parse(line.split(' ')[0] ?? ''));
}

/** Whatever has the container's id among its arguments: crundle, conmon, crun, a shell. */
export function processesWith(id: string): {program: string; pid: number}[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const args = processArguments(Number(name));
      return args.includes(id) ? [{program: args[0] ?? '', pid: Number(name)}] : [];
    });
}

/** Programs of processes that are there still; a killed one takes a moment to go. */
export async function programsLeft(id: string): Promise<string[]> {
  const deadline = Date.now() + 2000;
  while (processesWith(id).length > 0 && Date.now() < deadline) await sleep(20);
  return processesWith(id).map(({program}) => program);
}
