// Makes whole images in memory for tests: layers, config, manifest and index, each of which can be bent out of shape.
import {
  type Descriptor,
  type ImageConfig,
  type ImageManifest,
  mediaTypes,
  type Platform,
} from '../../src/oci/image-spec.ts';
import {makeLayer, sha256, type TestLayer} from './layer.ts';

export interface TestDocument {
  bytes: Buffer;
  digest: `sha256:${string}`;
  mediaType: string;
}

export interface TestImage {
  manifest: TestDocument;
  config: TestDocument;
  layers: TestLayer[];
  platform: Platform;
}

export interface ImageOptions {
  /** Default: one layer with the file 'hello'. */
  layers?: TestLayer[];
  platform?: Platform;
  config?: ImageConfig['config'];
  created?: string;
  /** Media types of Docker's schema 2 instead of OCI's. */
  format?: 'oci' | 'docker';
  /** Last change before the config is written: may return anything. */
  editConfig?: (config: ImageConfig) => unknown;
  editManifest?: (manifest: ImageManifest) => unknown;
}

const arm64: Platform = {os: 'linux', architecture: 'arm64'};

export function makeImage(options: ImageOptions = {}): TestImage {
  const layers = options.layers ?? [makeLayer([{name: 'hello', content: 'world\n'}])];
  const platform = options.platform ?? arm64;
  const isDocker = options.format === 'docker';
  const document: ImageConfig = {
    created: options.created ?? '2024-01-02T03:04:05Z',
    ...platform,
    config: options.config ?? {Env: ['PATH=/bin'], Cmd: ['/hello']},
    rootfs: {type: 'layers', diff_ids: layers.map((layer) => layer.diffId)},
  };
  const config = documentOf(
    edited(document, options.editConfig),
    isDocker ? mediaTypes.dockerConfig : mediaTypes.ociConfig,
  );
  const mediaType = isDocker ? mediaTypes.dockerManifest : mediaTypes.ociManifest;
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType,
    config: describe(config),
    layers: layers.map((layer) => ({
      mediaType: isDocker ? mediaTypes.dockerLayerGzip : layer.mediaType,
      digest: layer.digest,
      size: layer.blob.length,
    })),
  };
  return {manifest: documentOf(edited(manifest, options.editManifest), mediaType), config, layers, platform};
}

/** An index of images, each under its platform; `edit` as above. */
export function makeIndex(
  images: readonly TestImage[],
  options: {
    format?: 'oci' | 'docker';
    edit?: (index: {schemaVersion: 2; mediaType: string; manifests: Descriptor[]}) => unknown;
  } = {},
): TestDocument {
  const mediaType = options.format === 'docker' ? mediaTypes.dockerManifestList : mediaTypes.ociIndex;
  const index = {
    schemaVersion: 2 as const,
    mediaType,
    manifests: images.map((image): Descriptor => ({...describe(image.manifest), platform: image.platform})),
  };
  return documentOf(edited(index, options.edit), mediaType);
}

export function describe({bytes, digest, mediaType}: TestDocument): Descriptor {
  return {mediaType, digest, size: bytes.length};
}

/** A value as JSON, or bytes as they are. */
export function documentOf(value: unknown, mediaType: string): TestDocument {
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value));
  return {bytes, digest: sha256(bytes), mediaType};
}

// An editor changes the value in place or returns another one.
function edited<Value>(value: Value, edit: ((value: Value) => unknown) | undefined): unknown {
  return edit?.(value) ?? value;
}
