// What is in an archive of images, file by file, before any of it is written. Pure: the same images give the same plan.
//
// The standard form is an OCI layout and Docker's own form at once, as Docker's since 25: index.json and manifest.json lead to the
// same blobs. The others are one of the two; Docker's alone has its layers uncompressed, as before 25.
import {type Descriptor, type ImageManifest, mediaTypes} from '../../oci/image-spec.ts';
import {type Digest, hexOf, parseDigest} from '../digest.ts';
import {originalDigestOf} from '../layout/image-entry.ts';
import {blobName, layoutIndex, layoutMarker, layoutVersion} from '../layout/layout-names.ts';
import {familiarReference, formatReference, type Reference} from '../reference.ts';

export type ArchiveFormat = 'docker-archive' | 'oci-archive';

export interface SavedImage {
  /** The entry of index.json. */
  entry: Descriptor;
  references: readonly Reference[];
  manifest: ImageManifest;
  diffIds: readonly Digest[];
  /** Size of the manifest that the entry's was made of, if it was and that is there. */
  originalBytes?: number;
}

/** One file of the archive: made here, a blob as it is, or a layer's blob to be decompressed. */
export type PlannedFile =
  | {name: string; kind: 'text'; text: string}
  | {name: string; kind: 'blob'; digest: Digest; sizeBytes: number}
  | {name: string; kind: 'layer'; digest: Digest; diffId: Digest; blobBytes: number};

const refName = 'org.opencontainers.image.ref.name';
const imageName = 'io.containerd.image.name';

/** Each file once, however many images have it; the lists come first, so that a reader knows what to wait for. */
export function planArchive(images: readonly SavedImage[], format: ArchiveFormat | undefined): PlannedFile[] {
  const files =
    format === 'docker-archive'
      ? [dockerList(images, dockerNames), ...images.flatMap(uncompressedFiles)]
      : [
          {name: layoutMarker, kind: 'text' as const, text: layoutVersion},
          ociIndex(images),
          ...(format === undefined ? [dockerList(images, blobNames)] : []),
          ...images.flatMap(blobFiles),
        ];
  return [...new Map(files.map((file) => [file.name, file])).values()];
}

function ociIndex(images: readonly SavedImage[]): PlannedFile {
  const manifests = images.flatMap(({entry, references}) => {
    const {mediaType, digest, size, platform} = entry;
    const original = originalDigestOf(entry);
    const made =
      original === undefined || original === digest ? {} : {'dev.crundle.manifest.digest': original};
    const describe = (names: Record<string, string>): Descriptor => {
      const annotations = {...names, ...made};
      const isAnnotated = Object.keys(annotations).length > 0;
      return {mediaType, digest, size, ...(platform && {platform}), ...(isAnnotated && {annotations})};
    };
    if (references.length === 0) return [describe({})];
    // The whole name in both: readers that know only OCI's would call the image 'latest'.
    return references.map((reference) =>
      describe({[imageName]: formatReference(reference), [refName]: formatReference(reference)}),
    );
  });
  const index = {schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests};
  return {name: layoutIndex, kind: 'text', text: JSON.stringify(index)};
}

interface Names {
  config(digest: Digest): string;
  layer(digest: Digest, diffId: Digest): string;
}

const blobNames: Names = {config: blobName, layer: blobName};
const dockerNames: Names = {
  config: (digest) => `${hexOf(digest)}.json`,
  layer: (_, diffId) => `${hexOf(diffId)}.tar`,
};

// Fields in the order in which Docker writes them.
function dockerList(images: readonly SavedImage[], names: Names): PlannedFile {
  const list = images.map(({manifest, diffIds, references}) => ({
    Config: names.config(parseDigest(manifest.config.digest)),
    RepoTags: references.length === 0 ? null : references.map(familiarReference),
    Layers: layersOf(manifest, diffIds).map(({digest, diffId}) => names.layer(digest, diffId)),
  }));
  return {name: 'manifest.json', kind: 'text', text: JSON.stringify(list)};
}

function layersOf({layers}: ImageManifest, diffIds: readonly Digest[]) {
  return layers.map(({digest, size}, index) => {
    const diffId = diffIds[index];
    if (diffId === undefined) throw new Error('the config has fewer diff IDs than the manifest has layers');
    return {digest: parseDigest(digest), diffId, size};
  });
}

function blobFiles({entry, manifest, originalBytes}: SavedImage): PlannedFile[] {
  const original = originalDigestOf(entry);
  const parts = [
    {digest: entry.digest, size: entry.size},
    ...(original !== undefined && originalBytes !== undefined
      ? [{digest: original, size: originalBytes}]
      : []),
    manifest.config,
    ...manifest.layers,
  ];
  return parts.map(({digest: text, size: sizeBytes}) => {
    const digest = parseDigest(text);
    return {name: blobName(digest), kind: 'blob', digest, sizeBytes};
  });
}

function uncompressedFiles({manifest, diffIds}: SavedImage): PlannedFile[] {
  const {digest: id, size: sizeBytes} = manifest.config;
  const digest = parseDigest(id);
  return [
    {name: dockerNames.config(digest), kind: 'blob', digest, sizeBytes},
    ...layersOf(manifest, diffIds).map((layer): PlannedFile => {
      const name = dockerNames.layer(layer.digest, layer.diffId);
      return layer.digest === layer.diffId
        ? {name, kind: 'blob', digest: layer.digest, sizeBytes: layer.size}
        : {name, kind: 'layer', digest: layer.digest, diffId: layer.diffId, blobBytes: layer.size};
    }),
  ];
}
