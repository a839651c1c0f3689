// `container prune`: the containers that do not run.
import {isEngineError} from '../errors.ts';
import {pruneEvent} from '../events.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import type {ContainerContext} from './container-context.ts';
import {containerPaths} from './container-paths.ts';
import {labelsOf} from './container-summary.ts';
import {removeContainer} from './remove-container.ts';

export interface ContainerPruneFilter {
  /** Only what was created before. */
  until?: Date;
  matchesLabels: (labels: Readonly<Record<string, string>>) => boolean;
}

/**
 * Removes every container that was created and never started, or has ended. Their anonymous volumes stay, as under Docker.
 * Returns their ids, and how much they had written.
 */
export async function pruneContainers(
  context: ContainerContext,
  filter: ContainerPruneFilter,
): Promise<{removed: string[]; bytes: number}> {
  const removed: string[] = [];
  let bytes = 0;
  for (const record of context.records.list('created', 'exited')) {
    if (!isWanted(record, filter)) continue;
    const size = await context.rootfs.writtenBytes(containerPaths(context.roots, record.id).folder);
    try {
      await removeContainer(context, record.id, {volumes: false});
    } catch (error) {
      // Somebody has started it meanwhile: then it is none of those.
      if (isEngineError(error, 'container-running')) continue;
      throw error;
    }
    removed.push(record.id);
    bytes += size;
  }
  context.tell(pruneEvent('container', bytes));
  return {removed, bytes};
}

function isWanted(record: ContainerRecord, {until, matchesLabels}: ContainerPruneFilter): boolean {
  return (until === undefined || record.createdAt < until) && matchesLabels(labelsOf(record));
}
