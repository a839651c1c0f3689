// Ending all containers at once, as a machine does that goes down. They count as not stopped by a person: the next boot
// brings back those whose restart policy says so.
import {setTimeout as sleep} from 'node:timers/promises';
import {killLeftoverProcesses} from '../runtime/leftover-processes.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import type {ContainerContext} from './container-context.ts';
import {settleContainer} from './reconcile.ts';
import type {ContainersListener} from './restart/start-at-boot.ts';
import {stopContainer} from './stop-container.ts';

/** A start that takes longer than this is taken for one that waits for systemd, which waits for us. */
const startPatienceMs = 3000;

/** Whoever starts containers meanwhile (a restart that was due, another command) is heard this often. */
const rounds = 5;

/** crundle.service has five minutes at shutdown, after which systemd ends what is left. */
const longestTimeoutSeconds = 240;

/**
 * Stops every container that runs, each with its own stop timeout, and calls off the restarts that wait. Returns when all
 * is cleaned up. What is started meanwhile is stopped too. A failure keeps no other from being stopped. Idempotent; never
 * throws for a container.
 */
export async function stopAllContainers(
  context: ContainerContext,
  {onDone, onFailure}: ContainersListener,
): Promise<void> {
  const failed = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    const found = context.records.list('starting', 'running', 'restarting');
    const records = found.filter(({id}) => !failed.has(id)).toReversed();
    if (records.length === 0) return;
    await Promise.all(
      records.map((record) =>
        stopForSystem(context, record).then(
          () => onDone(record),
          (error: unknown) => {
            failed.add(record.id);
            onFailure(record, error);
          },
        ),
      ),
    );
  }
}

async function stopForSystem(context: ContainerContext, found: ContainerRecord): Promise<void> {
  if (found.status === 'starting') await endStart(context, found.id);
  // A killed start is undone first: it may have its restart planned, which is then called off too.
  const record = await settleContainer(context, found);
  if (!record) return;
  await stopContainer(context, record, {by: 'system', timeoutSeconds: timeoutOf(context, record)});
}

// A start makes scopes of systemd's, whose jobs queue behind the stop of crundle.service, which is us: the start would wait for
// us, with the container's lock, and we for that. Without its processes it fails, and gives the lock back.
async function endStart(context: ContainerContext, id: string): Promise<void> {
  const isStarting = () => context.records.get(id)?.status === 'starting';
  const deadline = performance.now() + startPatienceMs;
  while (isStarting() && performance.now() < deadline) await sleep(50);
  for (let tries = 0; isStarting() && tries < 10; tries++) {
    killLeftoverProcesses(id);
    await sleep(500);
  }
}

// A container that may take for ever may not do so here.
function timeoutOf({config}: ContainerContext, {options: {stopTimeoutSeconds}}: ContainerRecord): number {
  const wanted =
    stopTimeoutSeconds !== undefined && stopTimeoutSeconds >= 0
      ? stopTimeoutSeconds
      : config.shutdownTimeoutSeconds;
  return Math.min(wanted, longestTimeoutSeconds);
}
