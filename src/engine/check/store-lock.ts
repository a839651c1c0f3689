// The store's lock as a check takes it.
import {join} from 'node:path';
import type {Config} from '../../config/config.ts';
import {errnoOf} from '../../errors.ts';
import {type FileLock, type LockMode, lockFile} from '../../system/file-lock.ts';

/** Undefined where nothing can be written: nothing can be removed there either. Throws EngineError 'state-busy'. */
export async function lockStore(
  {dataRoot}: Pick<Config, 'dataRoot'>,
  mode: LockMode,
): Promise<FileLock | undefined> {
  try {
    return await lockFile(join(dataRoot, 'store.lock'), mode);
  } catch (error) {
    if (errnoOf(error) === 'EROFS') return undefined;
    throw error;
  }
}
