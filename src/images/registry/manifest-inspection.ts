// What a registry has under a name, shown as it is: the manifest of an image or of anything else, or an index of them.
import {EngineError, isEngineError} from '../../errors.ts';
import type {Descriptor, Platform} from '../../oci/image-spec.ts';
import {parseDigest} from '../digest.ts';
import {fetchConfig} from '../image-documents.ts';
import type {SourceManifest} from '../image-source.ts';
import {type JsonField, parseDocument} from '../json-document.ts';
import {readConfigDescriptor, readDescriptor, readPlatform} from '../manifest.ts';
import {familiarReference, type Reference} from '../reference.ts';
import type {Registry} from './registry.ts';

export interface InspectedManifest {
  /** Familiar, with the digest for an entry of an index. */
  reference: string;
  /** With the platform, where it is known. */
  descriptor: Descriptor;
  /** As the registry sent it. */
  bytes: Uint8Array;
}

export type ManifestInspection =
  | {kind: 'manifest'; manifest: InspectedManifest}
  /** `manifests` is empty unless the entries were asked for. */
  | {kind: 'index'; mediaType: string; entries: Descriptor[]; manifests: InspectedManifest[]};

/**
 * `details`: with each entry of an index, and the platform of a lone manifest. Throws EngineError 'manifest-not-found' in Docker's
 * words, 'manifest-invalid', 'digest-mismatch', 'registry-…'.
 */
export async function inspectManifest(
  registry: Registry,
  reference: Reference,
  {details, signal}: {details: boolean; signal?: AbortSignal | undefined},
): Promise<ManifestInspection> {
  const subject = familiarReference(reference);
  const answer = await fetchRoot(registry, reference, signal);
  const document = parseDocument(answer.bytes, `the manifest of ${subject}`);
  const mediaType = mediaTypeOf(document, answer);
  if (!document.has('manifests')) {
    const platform = details ? await configPlatform(registry, document, subject, signal) : undefined;
    const descriptor = {...describe(answer, mediaType), ...(platform && {platform})};
    return {kind: 'manifest', manifest: {reference: subject, descriptor, bytes: answer.bytes}};
  }
  const entries = document.get('manifests').list().map(readDescriptor);
  const manifests: InspectedManifest[] = [];
  for (const entry of details ? entries : []) {
    const {bytes} = await registry.getManifest(parseDigest(entry.digest), signal);
    manifests.push({reference: `${subject}@${entry.digest}`, descriptor: entry, bytes});
  }
  return {kind: 'index', mediaType, entries, manifests};
}

async function fetchRoot(
  registry: Registry,
  reference: Reference,
  signal: AbortSignal | undefined,
): Promise<SourceManifest> {
  try {
    return await registry.getManifest(reference.digest ?? reference.tag ?? 'latest', signal);
  } catch (error) {
    if (!isEngineError(error, 'manifest-not-found')) throw error;
    throw new EngineError('manifest-not-found', `no such manifest: ${familiarReference(reference)}`, {
      cause: error,
    });
  }
}

function mediaTypeOf(document: JsonField, {contentType}: SourceManifest): string {
  return document.has('mediaType') ? document.get('mediaType').string() : (contentType ?? '');
}

function describe({digest, bytes}: SourceManifest, mediaType: string): Descriptor {
  return {mediaType, digest, size: bytes.length};
}

// An artifact's config says nothing of a platform, and may be anything.
async function configPlatform(
  registry: Registry,
  document: JsonField,
  subject: string,
  signal: AbortSignal | undefined,
): Promise<Platform | undefined> {
  if (!document.has('config')) return undefined;
  const bytes = await fetchConfig(registry, readConfigDescriptor(document), subject, signal);
  try {
    return readPlatform(parseDocument(bytes, 'the config'));
  } catch (error) {
    if (isEngineError(error, 'manifest-invalid')) return undefined;
    throw error;
  }
}
