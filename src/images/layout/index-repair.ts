// Brings back index.json: from its copy and what only it has, else from what can still be read of it and from the manifests among
// the blobs.
import {readdirSync, readFileSync, statSync} from 'node:fs';
import {copyFile} from 'node:fs/promises';
import {join} from 'node:path';
import {isDeepStrictEqual} from 'node:util';
import {errnoOf, isEngineError} from '../../errors.ts';
import type {Descriptor} from '../../oci/image-spec.ts';
import {nameForDamaged} from '../../system/damaged-name.ts';
import {type Digest, isDigest} from '../digest.ts';
import {maxManifestBytes, parseManifest} from '../manifest.ts';
import {parseImageName, type Reference} from '../reference.ts';
import {dropRedundant, makeEntry, nameEntry, putEntries} from './image-entry.ts';
import type {ImageLayout} from './image-layout.ts';
import {checkIndex} from './layout-check.ts';
import {isAsWritten, parseIndex, salvageEntries} from './layout-index.ts';

export interface KnownImage {
  /** As a person named it: a reference, an ID, or the beginning of one. */
  name: string;
  imageId: string;
  manifestDigest: string;
}

/**
 * Writes a whole index in place of a damaged one, which is kept as index.json.damaged-N. `known` are images as containers remember
 * them. Returns what was done, in words.
 */
export async function mendIndex(layout: ImageLayout, known: readonly KnownImage[]): Promise<string> {
  let done = 'whole: somebody else has mended it';
  await layout.replaceIndex(async () => {
    if (checkIndex(layout) === undefined) return undefined;
    const own = readWhole(layout.indexPath);
    if (own) {
      done = 'oci-layout is written again';
      return own;
    }
    await keepDamaged(layout);
    const salvaged = readLoosely(layout.indexPath).filter((entry) => isSound(layout, entry));
    const copy = readWhole(layout.indexCopyPath);
    const {entries, how} = copy ? addSalvaged(copy, salvaged) : rebuild(layout, known, salvaged);
    done = how;
    return entries;
  });
  return done;
}

async function keepDamaged({indexPath}: ImageLayout): Promise<void> {
  await copyFile(indexPath, nameForDamaged(indexPath)).catch((error: unknown) => {
    if (errnoOf(error) === undefined) throw error;
  });
}

// The copy may be an update behind, and knows nothing of what other programs have added.
function addSalvaged(copy: Descriptor[], salvaged: Descriptor[]): {entries: Descriptor[]; how: string} {
  const isIn = (entry: Descriptor, entries: Descriptor[]) =>
    entries.some((other) => isDeepStrictEqual(other, entry));
  const lost = copy.filter((entry) => !isIn(entry, salvaged));
  // An entry that is new beside a lost one of the same manifest is that one, damaged: of its name, a bit has flipped.
  const added = salvaged.filter(
    (entry) => !isIn(entry, copy) && !lost.some(({digest}) => digest === entry.digest),
  );
  const how = added.length === 0 ? '' : `, and ${added.length} more that only the damaged one had`;
  return {
    entries: added.length === 0 ? copy : putEntries(copy, added),
    how: `brought back from its copy${how}`,
  };
}

function readWhole(path: string): Descriptor[] | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    return isAsWritten(text, path) ? parseIndex(text, path) : undefined;
  } catch (error) {
    if (isEngineError(error) || errnoOf(error) !== undefined) return undefined;
    throw error;
  }
}

function rebuild(
  layout: ImageLayout,
  known: readonly KnownImage[],
  salvaged: Descriptor[],
): {entries: Descriptor[]; how: string} {
  const found = manifestsIn(layout);
  const named = known.flatMap((image) => {
    const entry = found.find(({digest}) => digest === image.manifestDigest);
    const reference = referenceOf(image);
    if (!entry || !reference) return [];
    const {digest} = reference;
    return [digest === undefined ? nameEntry(entry, reference) : makeEntry(entry, reference, digest)];
  });
  const entries = dropRedundant([...salvaged, ...named, ...found]);
  const lost = entries.filter(({annotations}) => annotations === undefined).length;
  const names = lost === 0 ? '' : `; ${lost} of them have lost their names`;
  return {entries, how: `made again from ${found.length} manifests among the blobs${names}`};
}

// None of an image that was named by its ID: '4f1c2d3e4f5a' reads as the name of another one, too.
function referenceOf({name, imageId}: KnownImage): Reference | undefined {
  try {
    const parsed = parseImageName(name);
    if (parsed.kind === 'id') return undefined;
    if (parsed.kind === 'prefix' && imageId.startsWith(`sha256:${parsed.hex}`)) return undefined;
    return parsed.reference;
  } catch (error) {
    if (isEngineError(error, 'invalid-reference', 'invalid-digest')) return undefined;
    throw error;
  }
}

// Every blob that is a manifest by content and by digest.
function manifestsIn(layout: ImageLayout): Descriptor[] {
  const folder = join(layout.root, 'blobs', 'sha256');
  return readdirSync(folder).flatMap((name) => {
    const digest: string = `sha256:${name}`;
    const size = statSync(join(folder, name)).size;
    return isDigest(digest) && size <= maxManifestBytes ? describeManifest(layout, digest, size) : [];
  });
}

function describeManifest(layout: ImageLayout, digest: Digest, size: number): Descriptor[] {
  try {
    const bytes = layout.readBlob(digest);
    if (bytes[0] !== 0x7b) return [];
    const document = parseManifest(bytes, undefined, digest);
    return document.kind === 'manifest' ? [{mediaType: document.mediaType, digest, size}] : [];
  } catch (error) {
    if (isEngineError(error)) return [];
    throw error;
  }
}

// Its manifest is there, and is what it says.
function isSound(layout: ImageLayout, {digest, size}: Descriptor): boolean {
  if (!isDigest(digest) || size > maxManifestBytes || !layout.hasBlob(digest, size)) return false;
  try {
    layout.readBlob(digest);
    return true;
  } catch (error) {
    if (isEngineError(error, 'image-damaged')) return false;
    throw error;
  }
}

// Other programs write what can be parsed, but not line by line.
function readLoosely(path: string): Descriptor[] {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
    return parseIndex(text, path);
  } catch (error) {
    if (!isEngineError(error, 'state-damaged') && errnoOf(error) === undefined) throw error;
    return salvageEntries(text);
  }
}
