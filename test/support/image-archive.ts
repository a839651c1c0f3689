// Archives of images, entry by entry, so that a test can leave out, double or bend each of them.
import {describe, type TestDocument, type TestImage} from './image.ts';
import {encodeEntry, type LayerEntry} from './layer.ts';

export interface ArchivedTestImage {
  image: TestImage;
  /** Familiar names with a tag. Default: none. */
  names?: string[];
  /** An index that has the image's manifest. */
  index?: TestDocument;
}

const blob = (digest: string) => `blobs/${digest.replace(':', '/')}`;

/** As skopeo and podman write them. */
export function ociArchive(images: readonly ArchivedTestImage[]): LayerEntry[] {
  const blobs = new Map<string, Buffer>();
  for (const {image, index} of images) {
    for (const {digest, bytes} of [image.manifest, image.config, ...(index ? [index] : [])])
      blobs.set(digest, bytes);
    for (const layer of image.layers) blobs.set(layer.digest, layer.blob);
  }
  const manifests = images.flatMap(({image, names = [], index}) => {
    const root = describe(index ?? image.manifest);
    return names.length === 0
      ? [root]
      : names.map((name) => ({...root, annotations: {'org.opencontainers.image.ref.name': name}}));
  });
  return [
    ...[...blobs].map(([digest, content]) => ({name: blob(digest), content})),
    {name: 'index.json', content: JSON.stringify({schemaVersion: 2, manifests})},
    {name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}'},
  ];
}

/** As Docker before 25 writes them: a folder a layer, a layer that is there already as a link, the list at the end. */
export function dockerArchive(images: readonly ArchivedTestImage[]): LayerEntry[] {
  const entries = new Map<string, LayerEntry>();
  const firstOf = new Map<string, string>();
  const list = images.map(({image, names}) => {
    const config = `${image.config.digest.slice(7)}.json`;
    entries.set(config, {name: config, content: image.config.bytes});
    const layers = image.layers.map((layer, index) => {
      const folder = `${image.config.digest.slice(7, 60)}${index}`;
      const name = `${folder}/layer.tar`;
      const first = firstOf.get(layer.diffId);
      entries.set(`${folder}/`, {name: `${folder}/`});
      entries.set(
        name,
        first
          ? {name, type: 'symbolic-link', linkName: `../${first}`}
          : {name, content: layer.mediaType.includes('+') ? layer.blob : layer.tar},
      );
      firstOf.set(layer.diffId, first ?? name);
      return name;
    });
    return {Config: config, RepoTags: names ?? null, Layers: layers};
  });
  return [...entries.values(), {name: 'manifest.json', content: JSON.stringify(list)}];
}

export function tarOf(entries: readonly LayerEntry[]): Buffer {
  return Buffer.concat([...entries.map(encodeEntry), Buffer.alloc(1024)]);
}
