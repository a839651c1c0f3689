// Docker's copy-up: an empty volume takes what the image has at the mount point. In steps that may each be the last
// before a kill or a power cut:
//   NAME/copying.UUID/   the copy while it grows; worth nothing, and removed by the next fill
//   NAME/copied/         the copy when it is whole; its entries move into _data one by one, and a fill that finds
//                        such a folder goes on with the move
// _data itself is never replaced: a container may have it mounted, and would go on writing to the removed folder.
import {randomUUID} from 'node:crypto';
import {closeSync, existsSync, lstatSync, openSync, statSync} from 'node:fs';
import {readdir, rename, rm, rmdir} from 'node:fs/promises';
import {join} from 'node:path';
import {EngineError} from '../errors.ts';
import {syncFolder} from '../system/durable-file.ts';
import {lockFile} from '../system/file-lock.ts';
import {syncfs} from '../system/libc.ts';
import {copyTree} from './cp.ts';
import {readFolderAttributes, setFolderAttributes} from './folder-attributes.ts';

export interface FillOptions {
  /** Survives a power cut once fill has returned. Default true; a volume that goes with its container needs no more. */
  durable?: boolean;
  signal?: AbortSignal;
}

/** True when `fill` has work to do: nothing is in the volume yet, or an earlier fill did not finish. */
export async function isUnfilled(volumeFolder: string): Promise<boolean> {
  return (
    existsSync(join(volumeFolder, 'copied')) || (await readdir(join(volumeFolder, '_data'))).length === 0
  );
}

/** See VolumeStore.fill. `volumeFolder` is the folder that holds _data. */
export async function fillVolume(
  volumeFolder: string,
  source: string,
  options: FillOptions = {},
): Promise<void> {
  const data = join(volumeFolder, '_data');
  const copied = join(volumeFolder, 'copied');
  const {signal} = options;
  using _lock = await lockFile(join(volumeFolder, 'fill.lock'), 'exclusive', {
    timeoutMs: 3_600_000,
    ...(signal === undefined ? {} : {signal}),
  });
  if (!(await isUnfilled(volumeFolder))) return;
  await removeUnfinished(volumeFolder);
  if (!existsSync(copied)) {
    if (!statSync(source).isDirectory()) {
      throw new EngineError('invalid-option', 'a volume cannot be mounted over a file of the image', {
        hint: 'mount it at a folder, or bind a file of the host with -v /PATH:TARGET',
        exit: 125,
      });
    }
    if ((await readdir(`${source}/.`)).length === 0) {
      return setFolderAttributes(data, readFolderAttributes(`${source}/.`));
    }
    const copying = join(volumeFolder, `copying.${randomUUID()}`);
    try {
      await copyTree(source, copying, signal);
    } catch (error) {
      await rm(copying, {recursive: true, force: true});
      throw error;
    }
    if (options.durable ?? true) syncFileSystem(copying);
    await rename(copying, copied);
  }
  // Read before the moves, which touch the folder's time. After a kill in their midst that time is lost, no more.
  const attributes = readFolderAttributes(copied);
  await moveEntries(copied, data);
  setFolderAttributes(data, attributes);
  await rmdir(copied);
  if (options.durable ?? true) {
    await syncFolder(data);
    await syncFolder(volumeFolder);
  }
}

async function removeUnfinished(volumeFolder: string): Promise<void> {
  for (const name of await readdir(volumeFolder)) {
    if (name.startsWith('copying.')) await rm(join(volumeFolder, name), {recursive: true, force: true});
  }
}

// What a container has written into the volume meanwhile wins, as it would in an image layer above.
async function moveEntries(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) {
    if (exists(join(to, name))) await rm(join(from, name), {recursive: true, force: true});
    else await rename(join(from, name), join(to, name));
  }
}

function exists(path: string): boolean {
  return lstatSync(path, {throwIfNoEntry: false}) !== undefined;
}

function syncFileSystem(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    syncfs(fd);
  } finally {
    closeSync(fd);
  }
}
