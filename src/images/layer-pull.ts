// One layer of an image, from wherever it is to being unpacked: in the store already, in a blob on disk, in a download that
// an earlier pull left, or in the registry or archive. Makes nothing visible: that is the pull's last step.
import {createReadStream} from 'node:fs';
import {rm} from 'node:fs/promises';
import {isEngineError} from '../errors.ts';
import type {Descriptor} from '../oci/image-spec.ts';
import {checkCancelled} from './cancellation.ts';
import {type Digest, parseDigest, startDigest} from './digest.ts';
import type {ImageSource} from './image-source.ts';
import type {LayerSink} from './layer-sink.ts';
import type {ImageLayout} from './layout/image-layout.ts';
import {PartialFile} from './layout/partial-file.ts';
import type {LayerReporter} from './pull-progress.ts';
import {type BlobDownload, downloadBlob, isContentError} from './registry/blob-download.ts';

export interface LayerPullOptions<Layer> {
  descriptor: Descriptor;
  diffId: Digest;
  chainId: Digest;
  layout: ImageLayout;
  layers: LayerSink<Layer>;
  source: ImageSource;
  subject: string;
  reporter: LayerReporter;
  signal: AbortSignal;
}

export interface PulledLayer<Layer> {
  /** Not yet committed; absent when the store has the layer. */
  layer?: Layer;
  /** True when the blob waits in its partial file to be published. */
  isDownloaded: boolean;
}

/** Throws EngineError; then nothing of the layer is left but, perhaps, a partial file. */
export async function pullLayer<Layer>(options: LayerPullOptions<Layer>): Promise<PulledLayer<Layer>> {
  const {descriptor, chainId, layout, layers, reporter} = options;
  const digest = parseDigest(descriptor.digest);
  for (;;) {
    const hasLayer = await layers.has(chainId);
    if (layout.hasBlob(digest, descriptor.size)) {
      if (hasLayer) {
        reporter.report('Already exists');
        return {isDownloaded: false};
      }
      const layer = await unpackStored(options, digest);
      if (layer !== undefined) return {layer: layer.value, isDownloaded: false};
    }
    const file = options.source.takeFile?.(digest, descriptor.size);
    if (file !== undefined) {
      await layout.adopt(digest, file);
      continue;
    }
    await using partial = await PartialFile.open(layout.partialPath(digest), {
      durability: layout.durability,
      signal: options.signal,
      onWait: () => reporter.report('Waiting'),
    });
    // Another pull may have published the blob while this one waited for it.
    if (layout.hasBlob(digest, descriptor.size)) await partial.remove();
    else return {...(await download(options, digest, partial, !hasLayer)), isDownloaded: true};
  }
}

async function download<Layer>(
  options: LayerPullOptions<Layer>,
  digest: Digest,
  partial: PartialFile,
  isWanted: boolean,
): Promise<{layer?: Layer}> {
  const {source, subject, signal, reporter, descriptor} = options;
  const request = {
    source,
    subject,
    digest,
    sizeBytes: descriptor.size,
    partial,
    signal,
    onDownloaded: (bytes: number) => reporter.report('Downloading', bytes),
  };
  return await downloadBlob(request, async (blob) => {
    const layer = isWanted ? {layer: await unpack(options, blob)} : {};
    if (!isWanted) await blob.finish();
    reporter.report('Pull complete');
    return layer;
  });
}

async function unpack<Layer>(options: LayerPullOptions<Layer>, blob: BlobDownload): Promise<Layer> {
  const {layers, descriptor, diffId, signal, reporter} = options;
  let layer: Layer;
  try {
    layer = await layers.unpack(reportEnd(blob.chunks(), reporter), {
      mediaType: descriptor.mediaType,
      diffId,
      signal,
    });
  } catch (error) {
    checkCancelled(signal);
    if (blob.failure !== undefined) throw blob.failure;
    // Is the layer broken, or was it broken on the way? The whole blob tells.
    if (isEngineError(error, 'layer-invalid')) await blob.finish();
    throw error;
  }
  try {
    await blob.finish();
    return layer;
  } catch (error) {
    await layers.discard(layer);
    throw error;
  }
}

async function* reportEnd(
  chunks: AsyncIterable<Uint8Array>,
  reporter: LayerReporter,
): AsyncGenerator<Uint8Array> {
  yield* chunks;
  reporter.report('Download complete');
  reporter.report('Extracting');
}

// The blob is in the layout and the layer is not: another image had it, or layers/ was lost. A blob that turns out to be
// damaged is removed, to be downloaded again: the result is then undefined.
async function unpackStored<Layer>(
  options: LayerPullOptions<Layer>,
  digest: Digest,
): Promise<{value: Layer} | undefined> {
  const {layout, layers, descriptor, diffId, signal, reporter} = options;
  const path = layout.blobPath(digest);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    let done = 0;
    for await (const chunk of createReadStream(path, {highWaterMark: 1024 * 1024})) {
      checkCancelled(signal);
      done += chunk.length;
      reporter.report('Extracting', done);
      yield chunk;
    }
  }
  try {
    const layer = await layers.unpack(chunks(), {mediaType: descriptor.mediaType, diffId, signal});
    reporter.report('Pull complete');
    return {value: layer};
  } catch (error) {
    checkCancelled(signal);
    if (!isContentError(error) || (await digestOfFile(path, digest)) === digest) throw error;
    await rm(path, {force: true});
    return undefined;
  }
}

async function digestOfFile(path: string, expected: Digest): Promise<Digest> {
  const hash = startDigest(expected);
  for await (const chunk of createReadStream(path, {highWaterMark: 1024 * 1024})) hash.update(chunk);
  return hash.end();
}
