// `rm`: everything of a container goes, its record last, so that a killed removal is found and finished.
import {rmSync} from 'node:fs';
import {rm} from 'node:fs/promises';
import {EngineError} from '../errors.ts';
import {volumeEvent} from '../events.ts';
import {endRestartWaiter} from '../runtime/restart-waiter.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import type {ContainerContext} from './container-context.ts';
import {containerEvent} from './container-event.ts';
import {removeContainerLocks, withContainerLock} from './container-lock.ts';
import {containerPaths} from './container-paths.ts';
import {removeMark} from './health/health-files.ts';
import {refuseIfPaused} from './pause-container.ts';
import {recordCopyPath} from './record-copy.ts';

export interface RemoveOptions {
  /** Also its anonymous volumes. */
  volumes: boolean;
}

/** Removes a container that does not run. Idempotent. Throws EngineError 'container-running'. */
export async function removeContainer(
  context: ContainerContext,
  id: string,
  options: RemoveOptions,
): Promise<void> {
  await withContainerLock(context.roots, id, async () => {
    const record = context.records.get(id);
    if (record?.status === 'running' || record?.status === 'starting' || record?.status === 'restarting') {
      const {name} = record;
      refuseIfPaused(
        context,
        record,
        `cannot remove container "${name}": container is paused and must be unpaused first`,
      );
      const state = record.status === 'restarting' ? 'restarting' : 'running';
      throw new EngineError(
        'container-running',
        `cannot remove container "${record.name}": container is ${state}`,
        {hint: `stop it first ('crundle stop ${record.name}'), or force: 'crundle rm -f ${record.name}'`},
      );
    }
    await removeLocked(context, id, options);
  });
}

/** As removeContainer, for a caller that holds the container's lock and knows that nothing of it runs. */
export async function removeLocked(
  context: ContainerContext,
  id: string,
  options: RemoveOptions,
): Promise<void> {
  const record = context.records.get(id);
  if (!record) return removeContainerLocks(context.roots, id);
  const removeVolumes = options.volumes || record.removeVolumes;
  const {folder, runFolder} = containerPaths(context.roots, id);
  // The first that goes, so that the record's way to the disk takes it along: a folder that has the copy is a container's.
  rmSync(recordCopyPath(folder), {force: true});
  // On disk before anything else goes: a power cut must not leave a record of a container without its folder. A --rm container is
  // removed by the next boot anyway.
  context.records.move(id, 'removing', {removeVolumes}, {durable: !record.options.autoRemove});
  endRestartWaiter(runFolder, id);
  removeMark(context.roots, id);
  await context.network.tearDown(id);
  context.network.detach(id);
  context.rootfs.remove(folder);
  await rm(folder, {recursive: true, force: true});
  await rm(runFolder, {recursive: true, force: true});
  if (removeVolumes) await removeAnonymousVolumes(context, record);
  context.records.delete(id);
  if (record.status !== 'creating') context.tell(containerEvent('destroy', record));
  removeContainerLocks(context.roots, id);
}

// Another container may mount one too: then it goes with the last of them.
async function removeAnonymousVolumes(
  {records, volumes, tell}: ContainerContext,
  {id, volumes: own}: ContainerRecord,
): Promise<void> {
  const others = new Set(
    records
      .list()
      .filter((record) => record.id !== id && record.status !== 'removing')
      .flatMap((record) => record.volumes.map(({name}) => name)),
  );
  for (const {name, anonymous} of own) {
    const removeFiles = anonymous && !others.has(name) ? volumes.setAside(name) : undefined;
    if (!removeFiles) continue;
    tell(volumeEvent('destroy', name));
    await removeFiles();
  }
}
