// Loading archives in a test's own process, from a file and as through a pipe, and what a load leaves in the store.
import {createHash} from 'node:crypto';
import {existsSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import type {Engine, LoadedImage} from '../../src/engine.ts';
import {makeLayer} from './layer.ts';
import {testHost} from './test-host.ts';

/** Where `fromFile` writes. */
export const archivePath = join(testHost.tmp, 'archive.tar');

// More than is kept in memory, and not to be compressed away.
export const noise = createHash('shake256', {outputLength: 100_000}).digest();
export const below = makeLayer([{name: 'below', content: noise}]);
export const above = makeLayer([{name: 'above', content: 'above'}]);

/** From a file, which is read in any order. */
export async function fromFile(engine: Engine, bytes: Buffer, platform?: string): Promise<LoadedImage[]> {
  writeFileSync(archivePath, bytes);
  return await all(engine.images.load({path: archivePath}, platform === undefined ? {} : {platform}));
}

/** From a pipe, in pieces of a size that fits nothing. */
export async function fromPipe(engine: Engine, bytes: Buffer): Promise<LoadedImage[]> {
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += 70_001) yield bytes.subarray(at, at + 70_001);
  }
  return await all(engine.images.load({name: 'standard input', bytes: pieces()}));
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Removes every image, and asserts that nothing of them stays. */
export async function removeAll(engine: Engine): Promise<void> {
  for (const {id} of await engine.images.list()) await engine.images.remove(id, {force: true});
  assert.equal(storeFiles(), []);
}

/** What of images is in the store. */
export function storeFiles(): string[] {
  const folders = ['images/blobs/sha256', 'images/partial', 'layers', 'layers/tmp'];
  return folders.flatMap((folder) => {
    const path = join(testHost.dataRoot, folder);
    const names = existsSync(path) ? readdirSync(path) : [];
    return names.flatMap((name) => (name === 'tmp' ? [] : [`${folder}/${name}`]));
  });
}
