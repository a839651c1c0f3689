// What the last boot has left: records of containers that ran, and halves of creations and removals. Done once per boot, and as
// far as it goes: one container that cannot be swept must not keep a person from all others.
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {EngineError} from '../errors.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {sweepOwned} from '../system/owned-folder.ts';
import type {ContainerContext} from './container-context.ts';
import {type EventSubject, tellHealed, tellUnswept} from './container-event.ts';
import {containerFolders, hasRecordCopy} from './container-folders.ts';
import {withContainerLock} from './container-lock.ts';
import {finishLocked} from './finish-container.ts';
import {mendStart} from './mend-start.ts';

/**
 * Records that what ran has ended: no process of the last boot is alive, whatever runs under its PID now. Folders without a
 * record are what a power cut left of a creation or a removal, and go; but where a copy of the record lies in one, the record is
 * what was lost, and the folder stays. Which containers come back is decided by `system start`.
 * The caller holds the store's lock exclusively, so that nobody creates. What fails is told as an event and left.
 */
export async function sweepAfterBoot(context: ContainerContext): Promise<void> {
  for (const record of context.records.list('starting', 'running', 'restarting')) {
    await telling(context, record, () =>
      withContainerLock(context.roots, record.id, () => endAfterBoot(context, record)),
    );
  }
  for (const root of Object.values(context.roots)) sweepOwned(root);
  const {dataRoot} = context.roots;
  for (const id of containerFolders(dataRoot)) {
    if (context.records.get(id)) continue;
    await telling(context, {id, name: id.slice(0, 12), image: '', options: {labels: {}}}, async () => {
      const folder = join(dataRoot, 'containers', id);
      if (hasRecordCopy(dataRoot, id)) throw recordLost(folder);
      context.rootfs.remove(folder);
      await rm(folder, {recursive: true, force: true});
    });
  }
}

function recordLost(folder: string): EngineError {
  return new EngineError('container-damaged', `its record is lost, and its files are kept in ${folder}`, {
    hint: "'crundle system check --repair' brings its record back",
  });
}

// Whatever it is: a mount that is busy, a full disk, a bug. Every command comes by here first.
async function telling(
  context: ContainerContext,
  subject: EventSubject,
  sweep: () => Promise<void>,
): Promise<void> {
  try {
    await sweep();
  } catch (error) {
    tellUnswept(context, subject, error);
  }
}

async function endAfterBoot(context: ContainerContext, old: ContainerRecord): Promise<void> {
  const record = context.records.get(old.id);
  // Another command may have started it anew meanwhile.
  if (record?.status !== old.status || record.conmon?.pid !== old.conmon?.pid) return;
  if (record.status === 'restarting') {
    context.records.move(record.id, 'exited', {restartAt: undefined});
    return;
  }
  tellHealed(context, record);
  if (record.status === 'starting') return await mendStart(context, record, {by: 'boot'});
  // Told apart from what runs in this boot by having no conmon, should the next step fail.
  context.records.move(record.id, 'running', {process: undefined, conmon: undefined});
  await finishLocked(context, record.id, {next: 'nothing'});
}
