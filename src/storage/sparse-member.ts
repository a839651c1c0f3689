// A file with holes as a member whose data is all but those: for a copy from file to file, which no archive is in between of.
import {type BigIntStats, closeSync, fstatSync} from 'node:fs';
import {errnoOf} from '../errors.ts';
import {seekSparse} from '../system/libc.ts';
import type {ByteString} from './byte-string.ts';
import {type ArchivedLinks, describeFile, linkOr, openRegular, readData} from './file-member.ts';
import {isGone} from './open-folder.ts';
import type {SparseRun} from './sparse-map.ts';
import type {TreeMember} from './tree-members.ts';

/** True for a file that takes less room than it has bytes. */
export function hasHoles(stat: BigIntStats): boolean {
  return stat.isFile() && stat.blocks * 512n < stat.size;
}

/** As fileMember, of a file with holes. */
export function* sparseMember(
  {path, name}: {path: string | Buffer; name: ByteString},
  links: ArchivedLinks,
): Generator<TreeMember> {
  let fd: number | undefined;
  try {
    fd = openRegular(path);
    if (fd === undefined) return;
    const stat = fstatSync(fd, {bigint: true});
    const realSize = Number(stat.size);
    const runs = [...dataRuns(fd, realSize)];
    const dataBytes = runs.reduce((sum, {length}) => sum + length, 0);
    const member = linkOr(links, stat, {...describeFile(path, name, stat), type: 'file', dataBytes});
    if (member.entry.type === 'file') yield {...member, sparse: {runs, realSize}, data: dataOf(fd, runs)};
    else yield member;
  } catch (error) {
    if (!isGone(error)) throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function* dataRuns(fd: number, size: number): Generator<SparseRun> {
  for (let at = 0; at < size; ) {
    const offset = nextData(fd, at);
    if (offset === undefined || offset >= size) return;
    at = Math.min(seekSparse(fd, offset, 'hole'), size);
    yield {offset, length: at - offset};
  }
}

function nextData(fd: number, at: number): number | undefined {
  try {
    return seekSparse(fd, at, 'data');
  } catch (error) {
    if (errnoOf(error) === 'ENXIO') return undefined;
    throw error;
  }
}

function* dataOf(fd: number, runs: readonly SparseRun[]): Generator<Buffer> {
  for (const {offset, length} of runs) yield* readData(fd, length, offset);
}
