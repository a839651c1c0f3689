// Writes an OCI image layout with one tag, `latest`, from layers that are tar files. For fixtures, whose layers may be
// large: they go through files, never through memory.
import {createHash} from 'node:crypto';
import {createReadStream, createWriteStream, mkdirSync, renameSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {createGzip} from 'node:zlib';
import type {Descriptor, ImageConfig} from '../../src/oci/image-spec.ts';

export interface LayoutImage {
  architecture: string;
  variant?: string;
  /** Paths of uncompressed tar files, lowest first. */
  layers: string[];
  config: ImageConfig['config'];
}

/** One image becomes a manifest, several become an index of them, as on public registries. */
export async function writeOciLayout(folder: string, images: LayoutImage[]): Promise<void> {
  mkdirSync(join(folder, 'blobs/sha256'), {recursive: true});
  const descriptors: Descriptor[] = [];
  for (const image of images) descriptors.push(await writeImage(folder, image));
  const [only] = descriptors;
  const top =
    descriptors.length === 1 && only
      ? {mediaType: only.mediaType, digest: only.digest, size: only.size}
      : writeJson(folder, {schemaVersion: 2, mediaType: mediaTypes.index, manifests: descriptors});
  const annotations = {'org.opencontainers.image.ref.name': 'latest'};
  writeFileSync(
    join(folder, 'index.json'),
    JSON.stringify({schemaVersion: 2, manifests: [{...top, annotations}]}),
  );
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
}

const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

async function writeImage(folder: string, image: LayoutImage): Promise<Descriptor> {
  const layers = [];
  for (const tar of image.layers) layers.push(await writeLayer(folder, tar));
  const platform = {
    architecture: image.architecture,
    os: 'linux',
    ...(image.variant === undefined ? {} : {variant: image.variant}),
  };
  const config = writeJson(folder, {
    created: '2024-05-06T07:08:09.123456789Z',
    ...platform,
    config: image.config,
    rootfs: {type: 'layers', diff_ids: layers.map(({diffId}) => diffId)},
    history: layers.map(() => ({created: '2024-05-06T07:08:09Z', created_by: 'crundle fixture'})),
  });
  const manifest = writeJson(folder, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: {...config, mediaType: mediaTypes.config},
    layers: layers.map(({descriptor}) => descriptor),
  });
  return {...manifest, mediaType: mediaTypes.manifest, platform};
}

function writeJson(folder: string, value: {mediaType?: string; [key: string]: unknown}): Descriptor {
  const text = JSON.stringify(value);
  const hex = createHash('sha256').update(text).digest('hex');
  writeFileSync(join(folder, 'blobs/sha256', hex), text);
  return {mediaType: value.mediaType ?? '', digest: `sha256:${hex}`, size: Buffer.byteLength(text)};
}

async function writeLayer(folder: string, tar: string): Promise<{descriptor: Descriptor; diffId: string}> {
  const compressed = `${tar}.gz`;
  const diffHash = createHash('sha256');
  const hash = createHash('sha256');
  await pipeline(
    createReadStream(tar),
    tap(diffHash),
    createGzip(),
    tap(hash),
    createWriteStream(compressed),
  );
  const hex = hash.digest('hex');
  const size = statSync(compressed).size;
  renameSync(compressed, join(folder, 'blobs/sha256', hex));
  return {
    descriptor: {mediaType: mediaTypes.layer, digest: `sha256:${hex}`, size},
    diffId: `sha256:${diffHash.digest('hex')}`,
  };
}

function tap(hash: ReturnType<typeof createHash>) {
  return async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  };
}
