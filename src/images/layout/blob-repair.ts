// Brings back a blob that is damaged or gone: made anew where it can be, else fetched by its digest from where its image came
// from. Nothing is believed but the digest.
import {rm} from 'node:fs/promises';
import {EngineError, isEngineError} from '../../errors.ts';
import {checkCancelled} from '../cancellation.ts';
import {algorithmOf, type Digest, digestOf} from '../digest.ts';
import {parseManifest} from '../manifest.ts';
import {toOciManifest} from '../oci-manifest.ts';
import {familiarReference, type Reference} from '../reference.ts';
import {downloadBlob} from '../registry/blob-download.ts';
import {Registry} from '../registry/registry.ts';
import type {RegistryOptions} from '../registry/registry-endpoint.ts';
import type {BlobUse} from './blob-use.ts';
import type {ImageLayout} from './image-layout.ts';
import {checkFile} from './layout-check.ts';
import {PartialFile} from './partial-file.ts';

export interface BlobRepairOptions {
  layout: ImageLayout;
  registry: RegistryOptions;
  onDownloaded?: (bytes: number) => void;
  signal?: AbortSignal;
}

/**
 * Takes a blob that was found damaged out of use; it is set aside. False when it is whole by now, which it then stays: a pull or
 * another repair has put it there. Throws EngineError 'cancelled'.
 */
export async function takeOut(digest: Digest, layout: ImageLayout, signal?: AbortSignal): Promise<boolean> {
  await layout.setAside(digest);
  const aside = layout.damagedPath(digest);
  if ((await checkFile(aside, digest, signal ? {signal} : {})) !== undefined) return true;
  await layout.adopt(digest, aside);
  return false;
}

/** Removes what was set aside. Idempotent. */
export async function removeAside(digest: Digest, layout: ImageLayout): Promise<void> {
  // A file system that is damaged may have made anything of a file.
  await rm(layout.damagedPath(digest), {recursive: true, force: true});
}

/**
 * Sets the damaged blob aside, and puts a verified one in its place, durably. Returns where it came from, in words. Throws
 * EngineError with the reason of the last source; what was set aside stays there, so that the next pull fetches the blob.
 */
export async function mendBlob(use: BlobUse, options: BlobRepairOptions): Promise<string> {
  const {layout} = options;
  if (!(await takeOut(use.digest, layout, options.signal))) return 'replaced meanwhile by a whole one';
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
      await removeAside(use.digest, layout);
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
    await removeAside(digest, layout);
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
    // A pull may have published it while this waited.
    if (layout.hasBlob(digest, sizeBytes)) return await partial.remove();
    const subject = familiarReference(source);
    // What the file has may be verified, and a pull about to publish it.
    await downloadBlob(
      {source: registry, subject, digest, sizeBytes, partial, signal, ...(onDownloaded && {onDownloaded})},
      (blob) => blob.finish(),
    );
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
