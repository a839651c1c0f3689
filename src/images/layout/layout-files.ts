// The files of an OCI image layout as files: how much they take, and which of them nobody needs. What they mean is image-layout.ts'.
import {readdir, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {errnoOf} from '../../errors.ts';
import {lockFile} from '../../system/file-lock.ts';
import {type Digest, isDigest} from '../digest.ts';

/** Bytes of the blobs and of what is in flight. */
export async function layoutUsage(root: string): Promise<{blobBytes: number; partialBytes: number}> {
  const bytesBelow = async (folder: string): Promise<number> => {
    const paths = (await list(folder)).map((name) => join(folder, name));
    // What goes meanwhile is not there.
    const facts = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
    return facts.reduce((sum, file) => sum + (file?.size ?? 0), 0);
  };
  const algorithms = await list(join(root, 'blobs'));
  const sums = await Promise.all(algorithms.map((name) => bytesBelow(join(root, 'blobs', name))));
  return {
    blobBytes: sums.reduce((total, bytes) => total + bytes, 0),
    partialBytes: await bytesBelow(join(root, 'partial')),
  };
}

/**
 * Removes the blobs that are not in `needed`, damaged ones of them too, and partial files untouched for `partialAgeMs`. The caller
 * makes sure that nobody pulls meanwhile.
 */
export async function collectLayout(
  root: string,
  needed: ReadonlySet<Digest>,
  partialAgeMs: number,
): Promise<{deleted: Digest[]; bytes: number}> {
  const deleted: Digest[] = [];
  let bytes = 0;
  for (const algorithm of await list(join(root, 'blobs'))) {
    for (const name of await list(join(root, 'blobs', algorithm))) {
      const digest = `${algorithm}:${name}`;
      if (isDigest(digest) && needed.has(digest)) continue;
      bytes += await remove(join(root, 'blobs', algorithm, name));
      if (isDigest(digest)) deleted.push(digest);
    }
  }
  for (const name of await list(join(root, 'damaged'))) {
    const digest = name.replace('-', ':');
    if (!(isDigest(digest) && needed.has(digest))) bytes += await remove(join(root, 'damaged', name));
  }
  bytes += await removeUnwritten(root);
  for (const name of await list(join(root, 'partial'))) {
    const path = join(root, 'partial', name);
    const facts = await stat(path).catch(() => undefined);
    // What a killed load, commit or import has written down is of no use to another one.
    const isOld = /^(load|layer)-/.test(name) || (facts && Date.now() - facts.mtimeMs >= partialAgeMs);
    if (facts && isOld) bytes += await remove(path);
  }
  return {deleted, bytes};
}

// What was being written when the power went: not what somebody writes just now, who names or removes an image and needs no lock
// but that of the index.
async function removeUnwritten(root: string): Promise<number> {
  const unwritten = async () => (await list(root)).filter((name) => /\.[0-9a-f-]{36}\.tmp$/.test(name));
  if ((await unwritten()).length === 0) return 0;
  using _lock = await lockFile(join(root, 'index.lock'), 'exclusive');
  let bytes = 0;
  for (const name of await unwritten()) bytes += await remove(join(root, name));
  return bytes;
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function remove(path: string): Promise<number> {
  const size = (await stat(path)).size;
  await rm(path, {recursive: true, force: true});
  return size;
}
