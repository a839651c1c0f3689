// `import`: an archive of a root file system as an image of one layer.

import {EngineError, isEngineError} from '../errors.ts';
import {openArchive} from '../images/archives/tar-members.ts';
import {checkCancelled, namingTask} from '../images/cancellation.ts';
import {changeConfig} from '../images/dockerfile/config-changes.ts';
import {writeLayerBlob} from '../images/layout/layer-blob.ts';
import {storeNewImage} from '../images/new-image.ts';
import {defaultPlatform, parsePlatform} from '../images/platform.ts';
import {familiarReference, parseFirstName} from '../images/reference.ts';
import {downloadUrl, shownAddress} from '../images/registry/url-download.ts';
import type {StoredImage} from '../images/stored-image.ts';
import {LayerFault} from '../storage/layer-fault.ts';
import {decompressAny} from './decompression.ts';
import {addingToStore, type EngineParts} from './parts.ts';

/** Where the archive comes from: plain, or compressed by gzip, zstd, xz or bzip2. `name`: for messages. */
export type ImportSource = {path: string} | {url: string} | {bytes: AsyncIterable<Uint8Array>; name: string};

export interface ImportOptions {
  /** NAME[:TAG]. Absent: the image has no name. */
  name?: string;
  /** Dockerfile instructions for the image's config: see changeConfig. */
  changes?: readonly string[];
  /** Of its one step. Default: where it was imported from. */
  message?: string;
  /** `os/architecture[/variant]`. Default: linux/arm64. */
  platform?: string;
  signal?: AbortSignal;
}

/** See ImageEngine.import. */
export async function importImage(
  parts: EngineParts,
  source: ImportSource,
  {name, changes = [], message, platform, signal}: ImportOptions,
): Promise<StoredImage> {
  const reference = name === undefined ? undefined : parseFirstName(name);
  const config = changeConfig({}, changes);
  const wanted = platform === undefined ? defaultPlatform : parsePlatform(platform);
  const {images, layers} = parts;
  const subject = 'path' in source ? source.path : 'url' in source ? shownAddress(source.url) : source.name;
  const step = {
    created: new Date().toISOString(),
    comment: message || `Imported from ${'url' in source ? subject : '-'}`,
  };
  const image = await addingToStore(parts, async () => {
    await using layer = await writeLayerBlob(images.layout, decompressAny(bytesOf(source, signal)));
    return await storeNewImage({
      image: {layer, platform: wanted, config, step},
      references: reference ? [reference] : [],
      subject,
      store: images,
      layers,
      ...(signal && {signal}),
    });
  }).catch((error) => {
    throw explain(namingTask(error, 'import'), subject);
  });
  const {id} = image;
  const time = new Date();
  if (reference) {
    const attributes = {...config.Labels, name: familiarReference(reference)};
    parts.tell({type: 'image', action: 'tag', actor: {id, attributes}, time});
  }
  parts.tell({type: 'image', action: 'import', actor: {id, attributes: {...config.Labels, name: id}}, time});
  return image;
}

async function* bytesOf(source: ImportSource, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const bytes =
    'path' in source
      ? fileBytes(source.path)
      : 'url' in source
        ? downloadUrl(source.url, signal)
        : source.bytes;
  for await (const piece of bytes) {
    checkCancelled(signal);
    yield piece;
  }
}

async function* fileBytes(path: string): AsyncGenerator<Uint8Array> {
  await using file = await openArchive(path);
  if ((await file.stat()).isDirectory())
    throw new EngineError('archive-invalid', `read ${path}: is a directory`, {
      hint: `'tar -C ${path} -c . | crundle import -' imports what is in it`,
    });
  yield* file.createReadStream({highWaterMark: 1024 * 1024, autoClose: false});
}

// The digest of a layer that nobody has seen before says less than where it came from.
function explain(error: unknown, subject: string): unknown {
  if (error instanceof LayerFault) return invalid(subject, error.message, error);
  if (isEngineError(error, 'program-failed'))
    return invalid(subject, `its compressed data is damaged: ${error.message}`, error);
  if (!isEngineError(error, 'layer-invalid', 'layer-hostile')) return error;
  const reason = error.message.replace(/^cannot unpack layer [^:]*:[0-9a-f]*: /, '');
  return new EngineError(error.code, `cannot import ${subject}: ${reason}`, {cause: error});
}

function invalid(subject: string, reason: string, cause: unknown): EngineError {
  return new EngineError('layer-invalid', `cannot import ${subject}: ${reason}`, {cause});
}
