// Ending all containers at once, as a machine does that goes down. They count as not stopped by a person: the next boot
// brings back those whose restart policy says so.
import type {ContainerRecord} from '../state/container-records.ts';
import type {ContainerContext} from './container-context.ts';
import {settleContainer} from './reconcile.ts';
import type {ContainersListener} from './start-at-boot.ts';
import {stopContainer} from './stop-container.ts';

/** crundle.service has five minutes at shutdown, after which systemd ends what is left. */
const longestTimeoutSeconds = 240;

/**
 * Stops every container that runs, each with its own stop timeout, and calls off the restarts that wait. Returns when all
 * is cleaned up. A failure keeps no other from being stopped. Idempotent; never throws for a container.
 */
export async function stopAllContainers(
  context: ContainerContext,
  {onDone, onFailure}: ContainersListener,
): Promise<void> {
  const records = context.records.list('starting', 'running', 'restarting');
  await Promise.all(
    records.toReversed().map((record) =>
      stopForSystem(context, record).then(
        () => onDone(record),
        (error: unknown) => onFailure(record, error),
      ),
    ),
  );
}

async function stopForSystem(context: ContainerContext, found: ContainerRecord): Promise<void> {
  // A killed start is undone first: it may have its restart planned, which is then called off too.
  const record = await settleContainer(context, found);
  if (!record) return;
  await stopContainer(context, record, {by: 'system', timeoutSeconds: timeoutOf(context, record)});
}

// A container that may take for ever may not do so here.
function timeoutOf({config}: ContainerContext, {options: {stopTimeoutSeconds}}: ContainerRecord): number {
  const wanted =
    stopTimeoutSeconds !== undefined && stopTimeoutSeconds >= 0
      ? stopTimeoutSeconds
      : config.shutdownTimeoutSeconds;
  return Math.min(wanted, longestTimeoutSeconds);
}
