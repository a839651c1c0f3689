// Checks index and manifest documents from a registry into typed values, and names what is not an image. Pure.
import {EngineError} from '../errors.ts';
import {
  type Descriptor,
  type ImageIndex,
  type ImageManifest,
  mediaTypes,
  type Platform,
} from '../oci/image-spec.ts';
import {artifactName} from './artifact.ts';
import {type JsonField, parseDocument} from './json-document.ts';

/** Docker and containerd refuse longer ones as well. */
export const maxManifestBytes = 4 * 1024 * 1024;
export const maxConfigBytes = 4 * 1024 * 1024;
/** Overlay takes at most 500 lower folders. */
export const maxLayers = 500;
const maxIndexEntries = 10_000;

export type ManifestDocument =
  | {kind: 'index'; mediaType: string; index: ImageIndex}
  | {kind: 'manifest'; mediaType: string; manifest: ImageManifest};

const indexTypes: readonly string[] = [mediaTypes.ociIndex, mediaTypes.dockerManifestList];
const manifestTypes: readonly string[] = [mediaTypes.ociManifest, mediaTypes.dockerManifest];
const schema1Types: readonly string[] = [mediaTypes.dockerManifestV1, mediaTypes.dockerManifestV1Signed];

/** The Accept header of a manifest request: everything that is understood, and schema 1 so as to refuse it by name. */
export const acceptedManifestTypes = [...indexTypes, ...manifestTypes, '*/*;q=0.1'].join(', ');

/**
 * Reads a manifest or an index. `contentType` is what the registry said it is; `subject` is the image's name. Throws
 * EngineError 'manifest-invalid', and 'manifest-unsupported' for schema 1 and for artifacts that are not images.
 */
export function parseManifest(
  bytes: Uint8Array,
  contentType: string | undefined,
  subject: string,
): ManifestDocument {
  const document = parseDocument(bytes, `the manifest of ${subject}`);
  const header = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const version = document.get('schemaVersion');
  if (version.value === 1 || schema1Types.includes(header)) throw schema1Error(subject);
  if (version.integer(0, 1000) !== 2) version.fail('is not 2');
  const mediaType = mediaTypeOf(document, header, subject);
  // A document that reads as both would be one image to us and another to the next tool (CVE-2021-41190).
  if (document.has('manifests') && (document.has('layers') || document.has('config'))) {
    document.fail('is an index and a manifest at once');
  }
  return indexTypes.includes(mediaType)
    ? {kind: 'index', mediaType, index: readIndex(document)}
    : {kind: 'manifest', mediaType, manifest: readManifest(document, subject)};
}

function schema1Error(subject: string): EngineError {
  return new EngineError(
    'manifest-unsupported',
    `${subject} is stored in Docker image manifest schema 1, which is obsolete and not supported`,
    {hint: 'pull it with an old docker and push it again, or ask its owner to'},
  );
}

// What the document says of itself counts; the header where it says nothing; the shape where neither does.
function mediaTypeOf(document: JsonField, header: string, subject: string): string {
  const known = [...indexTypes, ...manifestTypes];
  const own = document.has('mediaType') ? document.get('mediaType').string() : undefined;
  if (own !== undefined && !known.includes(own)) throw unsupported(subject, own);
  if (own !== undefined && known.includes(header) && own !== header) {
    document.get('mediaType').fail(`is ${own}, but the registry sent it as ${header}`);
  }
  if (own !== undefined) return own;
  if (known.includes(header)) return header;
  if (document.has('manifests')) return mediaTypes.ociIndex;
  if (document.has('layers') || document.has('config')) return mediaTypes.ociManifest;
  throw unsupported(subject, header === '' ? 'a document of unknown type' : header);
}

function unsupported(subject: string, mediaType: string): EngineError {
  return new EngineError(
    'manifest-unsupported',
    `${subject} is not a container image: its manifest is ${artifactName(mediaType) ?? mediaType}`,
  );
}

function readIndex(document: JsonField): ImageIndex {
  const manifests = document.get('manifests').list(maxIndexEntries).map(readDescriptor);
  return {schemaVersion: 2, manifests};
}

function readManifest(document: JsonField, subject: string): ImageManifest {
  const config = readConfigDescriptor(document);
  checkConfigType(config.mediaType, subject);
  const layers = document.get('layers').list(maxLayers).map(readDescriptor);
  for (const layer of layers) checkLayer(layer, subject);
  return {schemaVersion: 2, config, layers};
}

/** The config that a manifest names, whatever it is. Throws EngineError 'manifest-invalid'. */
export function readConfigDescriptor(document: JsonField): Descriptor {
  const field = document.get('config');
  const config = readDescriptor(field);
  if (config.size > maxConfigBytes) field.get('size').fail(`is more than ${maxConfigBytes} bytes`);
  return config;
}

// Old builders wrote configs without a type of their own; Docker takes them too.
const configTypes: readonly string[] = [
  mediaTypes.ociConfig,
  mediaTypes.dockerConfig,
  'application/octet-stream',
];

function checkConfigType(mediaType: string, subject: string): void {
  if (configTypes.includes(mediaType)) return;
  const what = artifactName(mediaType) ?? `an artifact of the type ${mediaType}`;
  throw new EngineError('manifest-unsupported', `${subject} is ${what}, not a container image`);
}

const layerTypes: readonly string[] = [
  mediaTypes.ociLayer,
  mediaTypes.ociLayerGzip,
  mediaTypes.ociLayerZstd,
  mediaTypes.dockerLayer,
  mediaTypes.dockerLayerGzip,
  mediaTypes.dockerLayerZstd,
];

function checkLayer({mediaType, digest, urls}: Descriptor, subject: string): void {
  const layer = `layer ${digest.slice(0, 19)} of ${subject}`;
  if (/nondistributable|\.foreign\./.test(mediaType) || (urls !== undefined && urls.length > 0)) {
    throw new EngineError(
      'manifest-unsupported',
      `${layer} is foreign: its licence keeps it out of the registry and crundle fetches from nowhere else`,
    );
  }
  if (mediaType.endsWith('+encrypted')) {
    throw new EngineError('manifest-unsupported', `${layer} is encrypted, which is not supported`);
  }
  if (!layerTypes.includes(mediaType)) {
    const what = artifactName(mediaType) ?? `of the unknown type ${mediaType}`;
    throw new EngineError('manifest-unsupported', `${layer} is ${what}, not a file system layer`);
  }
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#properties. Throws EngineError 'manifest-invalid'. */
export function readDescriptor(field: JsonField): Descriptor {
  const descriptor: Descriptor = {
    mediaType: field.get('mediaType').string(),
    digest: field.get('digest').digest(),
    size: field.get('size').integer(0, Number.MAX_SAFE_INTEGER),
  };
  if (descriptor.mediaType.length > 255) field.get('mediaType').fail('is longer than 255 characters');
  const annotations = field.get('annotations').stringMap();
  if (annotations) descriptor.annotations = annotations;
  if (field.has('artifactType')) descriptor.artifactType = field.get('artifactType').string();
  if (field.has('urls')) {
    descriptor.urls = field
      .get('urls')
      .list()
      .map((url) => url.string());
  }
  if (field.has('platform')) descriptor.platform = readPlatform(field.get('platform'));
  return descriptor;
}

/** Of an entry of an index, or of a config, in Docker's order. Throws EngineError 'manifest-invalid'. */
export function readPlatform(field: JsonField): Platform {
  const platform: Platform = {
    architecture: field.get('architecture').string(),
    os: field.get('os').string(),
  };
  if (field.has('os.version')) platform['os.version'] = field.get('os.version').string();
  if (field.has('variant')) platform.variant = field.get('variant').string();
  return platform;
}

export function isIndexType(mediaType: string): boolean {
  return indexTypes.includes(mediaType);
}
