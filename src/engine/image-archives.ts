// Images in archives: what the storage knows of tar and compression, joined with what the images know of their documents.
import type {FileHandle} from 'node:fs/promises';
import {isEngineError} from '../errors.ts';
import type {ArchiveMembers, ArchiveTools} from '../images/archives/archive-members.ts';
import {FolderMembers} from '../images/archives/folder-members.ts';
import {type LoadedImage, loadImages} from '../images/archives/load-images.ts';
import {SpooledMembers} from '../images/archives/spooled-members.ts';
import {openArchive, TarMembers} from '../images/archives/tar-members.ts';
import {namingTask} from '../images/cancellation.ts';
import {defaultPlatform, parsePlatform} from '../images/platform.ts';
import type {ProgressListener} from '../images/pull-progress.ts';
import {compressionOf} from '../storage/decompress.ts';
import {LayerFault} from '../storage/layer-fault.ts';
import {TarReader} from '../storage/tar-reader.ts';
import {outsideProgramFor} from '../system/outside-decompression.ts';
import {decompressAny} from './decompression.ts';
import {collectGarbage, type EngineParts, useStore} from './parts.ts';

export interface LoadOptions {
  /** `os/architecture[/variant]`: only this one. Default: linux/arm64 where there is a choice, else what there is. */
  platform?: string;
  onProgress?: ProgressListener;
  signal?: AbortSignal;
}

/** Where an archive comes from: a file or a folder, or bytes as they come. `name`: for messages. */
export type ArchiveInput = {path: string; name?: string} | {bytes: AsyncIterable<Uint8Array>; name: string};

/** See ImageEngine.load. */
export async function* loadArchive(
  parts: EngineParts,
  input: ArchiveInput,
  {platform, ...options}: LoadOptions,
): AsyncGenerator<LoadedImage> {
  const wanted = platform === undefined ? defaultPlatform : parsePlatform(platform);
  const {images: store, layers, config, tell} = parts;
  let isWhole = false;
  try {
    using _store = await useStore(parts);
    await using members = await openMembers(parts, input, options.signal);
    const loads = loadImages({
      members,
      tools,
      platform: {wanted, isFirm: platform !== undefined},
      store,
      layers,
      maxConcurrentDownloads: config.maxConcurrentDownloads,
      ...options,
    });
    for await (const loaded of loads) {
      const {id} = loaded.image;
      tell({type: 'image', action: 'load', actor: {id, attributes: {name: id}}, time: new Date()});
      yield loaded;
    }
    isWhole = true;
  } catch (error) {
    throw namingTask(error, 'load');
  } finally {
    // What was brought of an image that failed is nobody's.
    if (!isWhole) await collectGarbage(parts);
  }
}

async function openMembers(
  {images}: EngineParts,
  input: ArchiveInput,
  signal: AbortSignal | undefined,
): Promise<ArchiveMembers> {
  const spool = (name: string, bytes: AsyncIterable<Uint8Array>) =>
    SpooledMembers.read(name, bytes, {tools, layout: images.layout, ...(signal && {signal})});
  if ('bytes' in input) return await spool(input.name, input.bytes);
  const {path, name = path} = input;
  const file = await openArchive(path);
  const facts = await file.stat();
  if (facts.isDirectory()) {
    await file.close();
    return new FolderMembers(path);
  }
  // Only what lies there as it is can be read in any order.
  if (facts.isFile() && !(await isCompressed(file))) return await TarMembers.read(name, file, tools);
  // The same handle: a named pipe that is closed has no writer any more.
  return await spool(name, file.createReadStream({highWaterMark: 1024 * 1024}));
}

async function isCompressed(file: FileHandle): Promise<boolean> {
  const start = Buffer.alloc(8);
  await file.read(start, 0, start.length, 0);
  return (compressionOf(start) ?? outsideProgramFor(start)) !== undefined;
}

const tools: ArchiveTools = {
  decompress: decompressAny,
  compressionOf,
  readTar: (sink) => new TarReader(sink),
  faultOf(error) {
    if (error instanceof LayerFault) return error.message;
    return isEngineError(error, 'program-failed')
      ? `its compressed data is damaged: ${error.message}`
      : undefined;
  },
};
