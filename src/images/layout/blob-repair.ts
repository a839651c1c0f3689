// Brings back a blob that is damaged or gone: made anew where it can be, else fetched by its digest from where its image came
// from. Nothing is believed but the digest.
import {rm} from 'node:fs/promises';
import {EngineError, isEngineError} from '../../errors.ts';
import {checkCancelled} from '../cancellation.ts';
import {algorithmOf, type Digest, digestOf} from '../digest.ts';
import {parseManifest} from '../manifest.ts';
import {toOciManifest} from '../oci-manifest.ts';
import {familiarReference, type Reference} from '../reference.ts';
import {BlobDownload} from '../registry/blob-download.ts';
import {Registry} from '../registry/registry.ts';
import type {RegistryOptions} from '../registry/registry-endpoint.ts';
import type {BlobUse} from './blob-use.ts';
import type {ImageLayout} from './image-layout.ts';
import {PartialFile} from './partial-file.ts';

export interface BlobRepairOptions {
  layout: ImageLayout;
  registry: RegistryOptions;
  onDownloaded?: (bytes: number) => void;
  signal?: AbortSignal;
}

/**
 * Sets the damaged blob aside, and puts a verified one in its place, durably. Returns where it came from, in words. Throws
 * EngineError with the reason of the last source; what was set aside stays there, so that the next pull fetches the blob.
 */
export async function mendBlob(use: BlobUse, options: BlobRepairOptions): Promise<string> {
  const {layout} = options;
  await layout.setAside(use.digest);
  if (use.original !== undefined) {
    if (await remake(use, use.original, layout)) return 'made again from the manifest of its registry';
    throw new EngineError('image-damaged', `it is made from ${use.original}, which is damaged too`);
  }
  let failure = new EngineError('image-damaged', 'no registry is known to have it', {
    hint: 'pull, build or load its image again',
  });
  for (const source of use.sources.values()) {
    checkCancelled(options.signal);
    try {
      await fetchBlob(use, source, options);
      await rm(layout.damagedPath(use.digest), {force: true});
      return `fetched again from ${source.registry}`;
    } catch (error) {
      if (!isEngineError(error) || error.code === 'cancelled') throw error;
      failure = error;
    }
  }
  throw failure;
}

// The manifest that was made here from Docker's own.
async function remake({digest}: BlobUse, original: Digest, layout: ImageLayout): Promise<boolean> {
  try {
    const document = parseManifest(layout.readBlob(original), undefined, original);
    if (document.kind !== 'manifest') return false;
    const bytes = Buffer.from(JSON.stringify(toOciManifest(document.manifest)));
    if (digestOf(bytes, algorithmOf(digest)) !== digest) return false;
    await layout.writeBlob(digest, bytes);
    await rm(layout.damagedPath(digest), {force: true});
    return true;
  } catch (error) {
    if (isEngineError(error)) return false;
    throw error;
  }
}

async function fetchBlob(
  {digest, kind, sizeBytes}: BlobUse,
  source: Reference,
  {layout, registry: registryOptions, onDownloaded, signal}: BlobRepairOptions,
): Promise<void> {
  using registry = new Registry(source, registryOptions);
  if (kind === 'layer') {
    await using partial = await PartialFile.open(layout.partialPath(digest), signal ? {signal} : {});
    // What an earlier pull left is as old as the damage.
    await partial.truncate();
    const blob = new BlobDownload({
      source: registry,
      subject: familiarReference(source),
      digest,
      sizeBytes,
      partial,
      signal,
      ...(onDownloaded && {onDownloaded}),
    });
    await blob.finish();
    await layout.publish([{digest, sizeBytes}], []);
    return;
  }
  const bytes =
    kind === 'config'
      ? await registry.getBlob(digest, sizeBytes, signal)
      : (await registry.getManifest(digest, signal)).bytes;
  if (digestOf(bytes, algorithmOf(digest)) !== digest) {
    throw new EngineError('digest-mismatch', `${source.registry} has other bytes under ${digest}`);
  }
  await layout.writeBlob(digest, bytes);
}
