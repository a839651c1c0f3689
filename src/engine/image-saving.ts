// Images into archives: the files that the images know, in the stream that the storage makes of them.

import {EngineError} from '../errors.ts';
import {saveImages} from '../images/archives/save-images.ts';
import type {ArchiveFormat} from '../images/archives/save-plan.ts';
import {namingTask} from '../images/cancellation.ts';
import {formatPlatform, parsePlatform, rankPlatform} from '../images/platform.ts';
import {decompress} from '../storage/decompress.ts';
import {streamTar, type TarStreamMember} from '../storage/tar-stream.ts';
import {type EngineParts, useStore} from './parts.ts';

export interface SaveOptions {
  /** Default: an OCI layout and Docker's own form at once. Docker's alone has its layers uncompressed. */
  format?: ArchiveFormat;
  /** `os/architecture[/variant]` that each image must be for. */
  platform?: string;
  signal?: AbortSignal;
}

/** See ImageEngine.save. */
export async function* saveArchive(
  parts: EngineParts,
  names: readonly string[],
  {platform, ...options}: SaveOptions,
): AsyncGenerator<Uint8Array> {
  using _store = await useStore(parts);
  for (const name of platform === undefined ? [] : names) await checkPlatform(parts, name, platform ?? '');
  const {ids, files} = saveImages({names, store: parts.images, decompress, ...options});
  try {
    yield* streamTar(members(files));
  } catch (error) {
    throw namingTask(error, 'save');
  }
  for (const id of ids)
    parts.tell({type: 'image', action: 'save', actor: {id, attributes: {name: id}}, time: new Date()});
}

// The same images give the same bytes: no times, and root's files.
async function* members(files: ReturnType<typeof saveImages>['files']): AsyncGenerator<TarStreamMember> {
  const epoch = {seconds: 0n, nanoseconds: 0};
  for await (const {name, sizeBytes, data} of files)
    yield {entry: {type: 'file', name, mode: 0o644, mtime: epoch, dataBytes: sizeBytes}, data};
}

async function checkPlatform({images}: EngineParts, name: string, platform: string): Promise<void> {
  const wanted = parsePlatform(platform);
  const image = await images.resolve(name);
  if (rankPlatform(image.platform, wanted) !== undefined) return;
  throw new EngineError(
    'platform-mismatch',
    `image with reference ${name} was found but does not provide the specified platform (${formatPlatform(wanted)})`,
  );
}
