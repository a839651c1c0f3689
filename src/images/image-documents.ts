// From a name to the documents of one platform's image: index, manifest, config, each verified and checked.
import {EngineError} from '../errors.ts';
import type {Descriptor, ImageConfig, ImageManifest, Platform} from '../oci/image-spec.ts';
import {algorithmOf, type Digest, digestOf, parseDigest} from './digest.ts';
import {parseImageConfig} from './image-config.ts';
import type {ImageSource, SourceManifest} from './image-source.ts';
import {isIndexType, parseManifest} from './manifest.ts';
import {choosePlatform, platformMismatch, rankPlatform} from './platform.ts';

export interface ImageDocuments {
  /** Of what the reference names, as the registry gave it: the index, where there is one. */
  digest: Digest;
  /** The platform's manifest, as an entry of the layout describes it. */
  descriptor: Descriptor;
  manifestBytes: Uint8Array;
  manifest: ImageManifest;
  configBytes: Uint8Array;
  config: ImageConfig;
}

/** An index of indexes is allowed, a labyrinth is not. */
const maxIndexDepth = 4;

/** Which of an image's platforms is wanted. */
export interface WantedPlatform {
  wanted: Platform;
  /** False: it chooses from an index, and what is no index is taken whatever it is for. */
  isFirm: boolean;
}

/**
 * Fetches and checks everything but the layers of what the source has under `name`; `subject` is the image, for messages. Throws
 * EngineError 'manifest-invalid', 'manifest-unsupported', 'platform-mismatch', 'digest-mismatch', 'size-mismatch', and what
 * the source throws.
 */
export async function fetchDocuments(
  source: ImageSource,
  {name, subject}: {name: string; subject: string},
  {wanted, isFirm}: WantedPlatform,
  signal?: AbortSignal,
): Promise<ImageDocuments> {
  const root = await source.getManifest(name, signal);
  const {answer, mediaType, manifest} = await findManifest(source, root, wanted, subject, signal);
  const configBytes = await fetchConfig(source, manifest.config, subject, signal);
  const config = parseImageConfig(configBytes, subject, manifest);
  const isChosen = isFirm || answer !== root;
  if (isChosen && rankPlatform(config, wanted) === undefined)
    throw platformMismatch(subject, wanted, [config]);
  const {os, architecture, variant} = config;
  return {
    digest: root.digest,
    descriptor: {
      mediaType,
      digest: answer.digest,
      size: answer.bytes.length,
      platform: {os, architecture, ...(variant === undefined ? {} : {variant})},
    },
    manifestBytes: answer.bytes,
    manifest,
    configBytes,
    config,
  };
}

async function findManifest(
  source: ImageSource,
  root: SourceManifest,
  platform: Platform,
  subject: string,
  signal?: AbortSignal,
): Promise<{answer: SourceManifest; mediaType: string; manifest: ImageManifest}> {
  let answer = root;
  for (let depth = 0; depth <= maxIndexDepth; depth++) {
    const document = parseManifest(answer.bytes, answer.contentType, subject);
    if (document.kind === 'manifest')
      return {answer, mediaType: document.mediaType, manifest: document.manifest};
    const chosen = choosePlatform(document.index.manifests, platform, subject);
    answer = await source.getManifest(parseDigest(chosen.digest), signal);
    checkSize(chosen, answer.bytes.length, subject);
    checkKind(chosen, answer, subject);
  }
  throw new EngineError(
    'manifest-invalid',
    `${subject} is an index of indexes more than ${maxIndexDepth} deep`,
  );
}

function checkSize(descriptor: Descriptor, actualBytes: number, subject: string): void {
  if (descriptor.size === actualBytes) return;
  throw new EngineError(
    'size-mismatch',
    `manifest ${descriptor.digest} of ${subject} has ${actualBytes} bytes, but its index says ${descriptor.size}`,
  );
}

// What the index calls a manifest must not turn out to be another index, or the reverse.
function checkKind(descriptor: Descriptor, answer: SourceManifest, subject: string): void {
  const document = parseManifest(answer.bytes, answer.contentType ?? descriptor.mediaType, subject);
  if ((document.kind === 'index') === isIndexType(descriptor.mediaType)) return;
  throw new EngineError(
    'manifest-invalid',
    `${descriptor.digest} of ${subject} is ${document.mediaType}, but its index says ${descriptor.mediaType}`,
  );
}

/** The bytes, verified. Throws EngineError 'digest-mismatch', and what the source throws. */
export async function fetchConfig(
  source: ImageSource,
  descriptor: Descriptor,
  subject: string,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const digest = parseDigest(descriptor.digest);
  const bytes = await source.getBlob(digest, descriptor.size, signal);
  const actual = digestOf(bytes, algorithmOf(digest));
  if (actual === digest) return bytes;
  throw new EngineError(
    'digest-mismatch',
    `the config of ${subject} has the digest ${actual}, not ${digest}`,
    {hint: source.damageHint},
  );
}
