// A load: every image of an archive into the store. All documents are checked before the first layer is touched; an image becomes
// visible when it is whole.

import {type Digest, shortId} from '../digest.ts';
import {fetchDocuments, type WantedPlatform} from '../image-documents.ts';
import {takeIn} from '../image-intake.ts';
import type {ImageStore} from '../image-store.ts';
import type {LayerSink} from '../layer-sink.ts';
import type {ProgressListener} from '../pull-progress.ts';
import {familiarReference, type Reference} from '../reference.ts';
import type {StoredImage} from '../stored-image.ts';
import type {ArchiveMembers, ArchiveTools} from './archive-members.ts';
import {invalidArchive} from './archive-members.ts';
import {ArchiveSource} from './archive-source.ts';
import type {ArchiveContent, ArchivedImage} from './archived-image.ts';
import {isDockerArchive, readDockerArchive} from './docker-archive.ts';
import {isOciArchive, readOciArchive} from './oci-archive.ts';

export interface LoadRequest<Layer> {
  members: ArchiveMembers;
  tools: ArchiveTools;
  platform: WantedPlatform;
  store: ImageStore;
  layers: LayerSink<Layer>;
  /** Layers unpacked at once. */
  maxConcurrentDownloads: number;
  onProgress?: ProgressListener;
  signal?: AbortSignal;
}

export interface LoadedImage {
  image: StoredImage;
  /** The names it has been given. */
  references: Reference[];
  /** Who had one of them until now. */
  replaced: {reference: Reference; id: Digest}[];
}

/**
 * Loads the images one after the other. Safe beside pulls and other loads; the caller holds store.lock shared. When it throws,
 * the images before the one that failed stay, and of that one at most blobs that the next collection takes. Throws EngineError
 * 'archive-invalid', 'manifest-…', 'platform-mismatch', 'digest-mismatch', 'size-mismatch', 'layer-…', 'disk-full', 'cancelled'.
 */
export async function* loadImages<Layer>(request: LoadRequest<Layer>): AsyncGenerator<LoadedImage> {
  const {members, tools, platform, store, signal, onProgress, ...rest} = request;
  await store.layout.prepare();
  const content = await readContent(members, tools);
  const source = new ArchiveSource(members, content);
  const documentsOf = (archived: ArchivedImage) =>
    fetchDocuments(source, {name: archived.root, subject: subjectOf(archived)}, platform, signal);
  // Read again afterwards: those of a thousand images are too much to keep.
  for (const archived of content.images) await documentsOf(archived);
  for (const archived of content.images) {
    const documents = await documentsOf(archived);
    const subject = subjectOf(archived);
    const intake = {...rest, store, subject, source, keepsPartials: false, ...(signal && {signal})};
    const twin = await takeIn({...intake, ...(onProgress && {onProgress: asLoading(onProgress)})}, documents);
    const {references} = archived;
    yield {references, ...(await store.add(documents.descriptor, references, twin))};
  }
}

async function readContent(members: ArchiveMembers, tools: ArchiveTools): Promise<ArchiveContent> {
  // What is both is read as the layout: the digests of its manifests are the images' own.
  if (isOciArchive(members)) return await readOciArchive(members);
  if (isDockerArchive(members)) return await readDockerArchive(members, tools);
  // Docker's words.
  throw invalidArchive(members.name, 'does not contain a manifest.json, nor is it an OCI image layout');
}

function subjectOf({references: [first], root}: ArchivedImage): string {
  return first ? familiarReference(first) : `image ${shortId(root)}`;
}

// Docker shows one bar a layer, whatever is done with it. It ends where the layer does: counts in between are left out at will.
function asLoading(onProgress: ProgressListener): ProgressListener {
  const totals = new Map<string, number>();
  return (progress) => {
    if (progress.kind !== 'layer') return;
    const {id, status, current, total} = progress;
    if (total !== undefined) totals.set(id, total);
    const whole = totals.get(id);
    if (current !== undefined) onProgress({...progress, status: 'Loading layer'});
    else if (status === 'Pull complete' && whole !== undefined)
      onProgress({kind: 'layer', id, status: 'Loading layer', current: whole, total: whole});
  };
}
