// Writing a file so that a reader, a crash or a power cut sees the old content or the new one, never a part.
import {randomUUID} from 'node:crypto';
import {open, rename, rm} from 'node:fs/promises';
import {dirname} from 'node:path';

/**
 * Replaces `path` atomically and durably: temporary file in the same folder, fsync, rename, fsync of the folder.
 * On failure the old file is as it was and no temporary file stays. `modified`: the time it then has, instead of now.
 */
export async function writeDurableFile(
  path: string,
  content: string | Uint8Array,
  mode = 0o600,
  modified?: Date,
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(content);
      if (modified) await file.utimes(modified, modified);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, {force: true});
    throw error;
  }
  await syncFolder(dirname(path));
}

/** fsync of a folder: makes the names created, renamed and removed in it durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
