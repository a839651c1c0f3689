// Compares an image layout with what its own names say: the marker, index.json, every blob. Changes nothing.
import {readFileSync} from 'node:fs';
import {open, readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {errnoOf, isDiskFault, isEngineError} from '../../errors.ts';
import {forgetContent} from '../../system/libc.ts';
import {checkCancelled} from '../cancellation.ts';
import {type Digest, isDigest, startDigest} from '../digest.ts';
import type {BlobUse} from './blob-use.ts';
import type {ImageLayout} from './image-layout.ts';
import {isAsWritten} from './layout-index.ts';

export interface LayoutCheckOptions {
  /** Read every blob; without, documents alone. */
  deep: boolean;
  onChecked?: (bytes: number) => void;
  signal?: AbortSignal;
}

/** What is wrong with index.json or oci-layout; undefined when both are as they were written, or when there is no layout yet. */
export function checkIndex(layout: ImageLayout): string | undefined {
  try {
    layout.readIndex();
    const text = readOr(layout.indexPath, undefined);
    if (text === undefined) return undefined;
    if (!isAsWritten(text, layout.indexPath))
      return 'it is not what was written: the disk or another program has changed it';
    const marker = readOr(join(layout.root, 'oci-layout'), '');
    return isMarker(marker) ? undefined : 'oci-layout beside it is damaged or missing';
  } catch (error) {
    if (isEngineError(error, 'state-damaged')) return error.message;
    const reason = errnoOf(error);
    if (reason === undefined) throw error;
    return `it cannot be read: ${reason}`;
  }
}

function isMarker(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'imageLayoutVersion' in value;
  } catch {
    return false;
  }
}

function readOr<T>(path: string, absent: T): string | T {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return absent;
    throw error;
  }
}

/** What is wrong with a blob; undefined when it is whole, as far as was looked. Throws EngineError 'cancelled'. */
export async function checkBlob(
  layout: ImageLayout,
  {digest, kind, sizeBytes}: Pick<BlobUse, 'digest' | 'kind' | 'sizeBytes'>,
  options: LayoutCheckOptions,
): Promise<string | undefined> {
  const path = layout.blobPath(digest);
  const facts = await stat(path).catch((error: unknown) => {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  });
  if (!facts?.isFile()) return 'it is missing';
  if (facts.size !== sizeBytes) return `it has ${facts.size} bytes instead of ${sizeBytes}`;
  return options.deep || kind !== 'layer' ? await checkContent(layout, digest, options) : undefined;
}

type ReadOptions = Pick<LayoutCheckOptions, 'onChecked' | 'signal'>;

/** Reads a blob as the disk has it, not as the kernel remembers it. */
export async function checkContent(
  layout: ImageLayout,
  digest: Digest,
  options: ReadOptions,
): Promise<string | undefined> {
  return await checkFile(layout.blobPath(digest), digest, options);
}

/** The same of a file that should be this blob. */
export async function checkFile(
  path: string,
  digest: Digest,
  {onChecked, signal}: ReadOptions,
): Promise<string | undefined> {
  const running = startDigest(digest);
  try {
    await using file = await open(path);
    forgetContent(file.fd);
    for await (const chunk of file.createReadStream({highWaterMark: 1024 * 1024, autoClose: false})) {
      checkCancelled(signal);
      running.update(chunk);
      onChecked?.(chunk.length);
    }
  } catch (error) {
    const reason = errnoOf(error);
    if (reason === undefined) throw error;
    return `it cannot be read: ${reason}`;
  }
  return running.end() === digest ? undefined : 'its content is not what its name says';
}

/** Blobs that no image needs. */
export async function strayBlobs(
  layout: ImageLayout,
  needed: ReadonlyMap<Digest, unknown>,
): Promise<Digest[]> {
  return (await allBlobs(layout)).filter((digest) => !needed.has(digest));
}

/** Blobs that were written at this time (in milliseconds since 1970) or later, and those of which nobody can say when. */
export async function recentBlobs(layout: ImageLayout, since: number): Promise<Digest[]> {
  const blobs = await allBlobs(layout);
  const times = await Promise.all(blobs.map((digest) => timeOf(layout.blobPath(digest))));
  return blobs.filter((_, index) => (times[index] ?? 0) >= since);
}

async function timeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (isDiskFault(error)) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

async function allBlobs(layout: ImageLayout): Promise<Digest[]> {
  const blobs: Digest[] = [];
  for (const algorithm of ['sha256', 'sha512']) {
    const names = await readdir(join(layout.root, 'blobs', algorithm)).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    });
    for (const name of names) {
      const digest = `${algorithm}:${name}`;
      if (isDigest(digest)) blobs.push(digest);
    }
  }
  return blobs;
}
