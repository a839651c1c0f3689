// Bringing containers back at boot: those whose restart policy says so, a few at a time, and whoever shares another one's
// namespaces after that one.
import type {ContainerRecord} from '../../state/container-record.ts';
import type {ContainerContext} from '../container-context.ts';
import {startContainer} from '../start-container.ts';
import {startsAtBoot} from './restart-policy.ts';

/** Starting is mostly waiting for the kernel and the disk: more at once only stand in each other's way. */
const startsAtOnce = 4;

/** Hears how each container fared, as it is known. */
export interface ContainersListener {
  onDone(record: ContainerRecord): void;
  onFailure(record: ContainerRecord, error: unknown): void;
}

/**
 * Starts what the boot is to start. A failure keeps no other from being started, and is tried again as the policy says.
 * Idempotent; never throws for a container.
 */
export async function startAllAtBoot(
  context: ContainerContext,
  {onDone, onFailure}: ContainersListener,
): Promise<void> {
  const records = new Map(
    context.records
      .list('exited')
      .filter(startsAtBoot)
      .map((record) => [record.id, record]),
  );
  const takeTurn = turns(startsAtOnce);
  const begun = new Map<string, Promise<void>>();
  const begin = (record: ContainerRecord): Promise<void> => {
    const known = begun.get(record.id);
    if (known) return known;
    const before = neededBy(record).flatMap((id) => records.get(id) ?? []);
    const start = Promise.all(before.map(begin)).then(() =>
      takeTurn(() => startContainer(context, record.id, {attach: false, cause: 'boot'})).then(
        () => onDone(record),
        (error: unknown) => onFailure(record, error),
      ),
    );
    begun.set(record.id, start);
    return start;
  };
  // Oldest first, as a person has made them.
  await Promise.all([...records.values()].toReversed().map(begin));
}

/** Ids of the containers that have to run before this one can start. There are no circles: each joins one that was there. */
function neededBy({options: {network, ipc, pid}}: ContainerRecord): string[] {
  return [network, ipc, pid].flatMap((choice) => (choice?.kind === 'container' ? [choice.container] : []));
}

// Runs at most `count` at once, in the order of the calls.
function turns(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = count;
  const queue: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => queue.push(resolve));
    try {
      return await work();
    } finally {
      const next = queue.shift();
      if (next) next();
      else free++;
    }
  };
}
