// The folders of containers in the data root, as the file system tells: also of those that the database has lost.
import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {errnoOf} from '../errors.ts';
import type {ContainerRecords} from '../state/container-records.ts';
import {recordCopyPath} from './record-copy.ts';

/** IDs of the containers that have a folder. */
export function containerFolders(dataRoot: string): string[] {
  try {
    return readdirSync(join(dataRoot, 'containers')).filter((name) => /^[0-9a-f]{64}$/.test(name));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/**
 * True of a folder that is a container's even without a record: the copy of the record is the last that a creation writes and the
 * first that a removal takes away. One of a --rm container, which does not outlive a boot, is none.
 */
export function hasRecordCopy(dataRoot: string, id: string): boolean {
  return existsSync(recordCopyPath(join(dataRoot, 'containers', id)));
}

/** IDs of containers whose record is lost: `crundle system check --repair` brings them back, or says where their files are. */
export function lostContainers(dataRoot: string, records: ContainerRecords): string[] {
  return containerFolders(dataRoot).filter((id) => hasRecordCopy(dataRoot, id) && !records.get(id));
}
