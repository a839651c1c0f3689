// From a reference to the documents of one platform's image: index, manifest, config, each verified and checked.
import {EngineError} from '../errors.ts';
import type {Descriptor, ImageConfig, ImageManifest, Platform} from '../oci/image-spec.ts';
import {algorithmOf, type Digest, digestOf, parseDigest} from './digest.ts';
import {parseImageConfig} from './image-config.ts';
import {isIndexType, parseManifest} from './manifest.ts';
import {choosePlatform, platformMismatch, rankPlatform} from './platform.ts';
import {familiarReference, type Reference} from './reference.ts';
import type {Registry} from './registry.ts';
import type {ManifestAnswer} from './registry-client.ts';

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

/**
 * Fetches and checks everything but the layers. `fetched` is the answer for the reference itself. Throws EngineError
 * 'manifest-invalid', 'manifest-unsupported', 'platform-mismatch', 'digest-mismatch', 'size-mismatch', 'registry-…'.
 */
export async function fetchDocuments(
  registry: Registry,
  reference: Reference,
  platform: Platform,
  signal?: AbortSignal,
): Promise<ImageDocuments> {
  const subject = familiarReference(reference);
  const root = await registry.getManifest(reference.digest ?? reference.tag ?? 'latest', signal);
  const {answer, mediaType, manifest} = await findManifest(registry, root, platform, subject, signal);
  const configBytes = await fetchConfig(registry, manifest.config, subject, signal);
  const config = parseImageConfig(configBytes, subject, manifest);
  if (rankPlatform(config, platform) === undefined) throw platformMismatch(subject, platform, [config]);
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
  registry: Registry,
  root: ManifestAnswer,
  platform: Platform,
  subject: string,
  signal?: AbortSignal,
): Promise<{answer: ManifestAnswer; mediaType: string; manifest: ImageManifest}> {
  let answer = root;
  for (let depth = 0; depth <= maxIndexDepth; depth++) {
    const document = parseManifest(answer.bytes, answer.contentType, subject);
    if (document.kind === 'manifest')
      return {answer, mediaType: document.mediaType, manifest: document.manifest};
    const chosen = choosePlatform(document.index.manifests, platform, subject);
    answer = await registry.getManifest(parseDigest(chosen.digest), signal);
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
function checkKind(descriptor: Descriptor, answer: ManifestAnswer, subject: string): void {
  const document = parseManifest(answer.bytes, answer.contentType ?? descriptor.mediaType, subject);
  if ((document.kind === 'index') === isIndexType(descriptor.mediaType)) return;
  throw new EngineError(
    'manifest-invalid',
    `${descriptor.digest} of ${subject} is ${document.mediaType}, but its index says ${descriptor.mediaType}`,
  );
}

async function fetchConfig(
  registry: Registry,
  descriptor: Descriptor,
  subject: string,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const digest = parseDigest(descriptor.digest);
  const bytes = await registry.getBlob(digest, descriptor.size, signal);
  const actual = digestOf(bytes, algorithmOf(digest));
  if (actual === digest) return bytes;
  throw new EngineError(
    'digest-mismatch',
    `the config of ${subject} has the digest ${actual}, not ${digest}`,
    {
      hint: 'it was damaged on the way or in the registry: pull again',
    },
  );
}
