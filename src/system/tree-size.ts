// How much a tree of files holds, as Docker counts it.
import {lstat, readdir} from 'node:fs/promises';
import {errnoOf} from '../errors.ts';

/**
 * Sum of the sizes of all that is no folder; a file with several names counts once. What goes while it is counted is
 * left out. 0 for a folder that is not there.
 */
export async function treeSize(folder: string): Promise<number> {
  return await sizeOf(Buffer.from(folder), new Set());
}

// Names as bytes: not all of them are UTF-8.
async function sizeOf(folder: Buffer, counted: Set<string>): Promise<number> {
  let bytes = 0;
  for (const entry of await entriesOf(folder)) {
    const path = Buffer.concat([folder, Buffer.from('/'), entry.name]);
    bytes += entry.isDirectory() ? await sizeOf(path, counted) : await fileSize(path, counted);
  }
  return bytes;
}

async function entriesOf(folder: Buffer) {
  try {
    return await readdir(folder, {withFileTypes: true, encoding: 'buffer'});
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function fileSize(path: Buffer, counted: Set<string>): Promise<number> {
  try {
    const {size, nlink, dev, ino} = await lstat(path);
    if (nlink === 1) return size;
    const file = `${dev}:${ino}`;
    if (counted.has(file)) return 0;
    counted.add(file);
    return size;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 0;
    throw error;
  }
}
