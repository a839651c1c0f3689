// An archive in Docker's own form: manifest.json names the config, the layers and the tags of each image. Such an archive has no
// manifest as registries have them; the one made here is the same for the same files.
// https://github.com/moby/docker-image-spec/blob/v1.3.1/spec.md#combined-image-json--filesystem-changeset-format
import {type ImageManifest, mediaTypes} from '../../oci/image-spec.ts';
import {type Digest, digestOf, parseDigest, startDigest} from '../digest.ts';
import {parseImageConfig} from '../image-config.ts';
import {type JsonField, parseDocument} from '../json-document.ts';
import {blobOf} from '../layout/layout-names.ts';
import {maxConfigBytes, maxLayers} from '../manifest.ts';
import {parseNewName, type Reference} from '../reference.ts';
import {type ArchiveMembers, type ArchiveTools, invalidArchive, readMember} from './archive-members.ts';
import {type ArchiveContent, ArchivedImages, maxArchivedImages} from './archived-image.ts';

const manifestName = 'manifest.json';
const maxManifestFileBytes = 16 * 1024 * 1024;
const maxTags = 1000;

const layerTypes = {gzip: mediaTypes.ociLayerGzip, zstd: mediaTypes.ociLayerZstd} as const;

export function isDockerArchive(members: ArchiveMembers): boolean {
  return members.sizeOf(manifestName) !== undefined;
}

/** Throws EngineError 'archive-invalid', 'manifest-invalid', 'digest-mismatch'. */
export async function readDockerArchive(
  members: ArchiveMembers,
  tools: ArchiveTools,
): Promise<ArchiveContent> {
  const bytes = await readMember(members, manifestName, maxManifestFileBytes);
  const document = parseDocument(bytes, `${manifestName} of ${members.name}`, 'archive-invalid');
  const reader = new DockerArchive(members, tools);
  const images = new ArchivedImages();
  for (const item of document.list(maxArchivedImages))
    images.add(await reader.manifestOf(item), referencesOf(item));
  return {images: images.list(), memberOf: (digest) => reader.memberOf(digest), documents: reader.documents};
}

class DockerArchive {
  readonly documents = new Map<Digest, Buffer>();
  readonly #members: ArchiveMembers;
  readonly #tools: ArchiveTools;
  readonly #names = new Map<Digest, string>();
  /** Images have layers in common: each is looked at once. */
  readonly #layers = new Map<string, Layer>();

  constructor(members: ArchiveMembers, tools: ArchiveTools) {
    this.#members = members;
    this.#tools = tools;
  }

  memberOf(digest: Digest): string {
    return this.#names.get(digest) ?? '';
  }

  /** Makes the manifest of an item of the list. */
  async manifestOf(item: JsonField): Promise<Digest> {
    const configName = item.get('Config').string();
    const bytes = await readMember(this.#members, configName, maxConfigBytes);
    const id = digestOf(bytes);
    if ((blobOf(configName) ?? id) !== id)
      throw invalidArchive(this.#members.name, `${configName} has the digest ${id}`);
    const {rootfs} = parseImageConfig(bytes, `image ${id}`);
    const names = item.has('Layers')
      ? item
          .get('Layers')
          .list(maxLayers)
          .map((name) => name.string())
      : [];
    if (names.length !== rootfs.diff_ids.length) {
      // Docker's words.
      const counts = `expected ${names.length}, got ${rootfs.diff_ids.length}`;
      throw invalidArchive(this.#members.name, `invalid manifest, layers length mismatch: ${counts}`);
    }
    const layers: ImageManifest['layers'] = [];
    for (const [index, name] of names.entries()) {
      const diffId = parseDigest(rootfs.diff_ids[index] ?? '');
      const {mediaType, size, digest} = await this.#layer(name);
      this.#names.set(digest ?? diffId, name);
      layers.push({mediaType, digest: digest ?? diffId, size});
    }
    const config = {mediaType: mediaTypes.ociConfig, digest: id, size: bytes.length};
    this.#names.set(id, configName);
    return this.#keep({schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers});
  }

  #keep(manifest: ImageManifest): Digest {
    const bytes = Buffer.from(JSON.stringify(manifest));
    const digest = digestOf(bytes);
    this.documents.set(digest, bytes);
    return digest;
  }

  async #layer(name: string): Promise<Layer> {
    const known = this.#layers.get(name);
    if (known) return known;
    const size = this.#members.sizeOf(name);
    if (size === undefined) throw invalidArchive(this.#members.name, `it has no file ${name}`);
    const compression = this.#tools.compressionOf(await this.#start(name));
    // What is not compressed has the diffID as its digest, which unpacking verifies.
    const layer: Layer = compression
      ? {mediaType: layerTypes[compression], size, digest: await this.#digest(name)}
      : {mediaType: mediaTypes.ociLayer, size};
    this.#layers.set(name, layer);
    return layer;
  }

  async #start(name: string): Promise<Buffer> {
    for await (const piece of this.#members.open(name, 0)) return Buffer.from(piece.subarray(0, 4));
    return Buffer.alloc(0);
  }

  async #digest(name: string): Promise<Digest> {
    const file = this.#members.fileOf?.(name);
    if (file) return file.digest;
    const hash = startDigest('sha256:');
    for await (const piece of this.#members.open(name, 0)) hash.update(piece);
    return hash.end();
  }
}

interface Layer {
  mediaType: string;
  size: number;
  /** Of a compressed one. */
  digest?: Digest;
}

function referencesOf(item: JsonField): Reference[] {
  if (!item.has('RepoTags')) return [];
  return item
    .get('RepoTags')
    .list(maxTags)
    .map((tag) => {
      const text = tag.string();
      try {
        return parseNewName(text);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        // Docker's words.
        return tag.fail(`invalid tag ${JSON.stringify(text.slice(0, 200))}: ${error.message}`);
      }
    });
}
