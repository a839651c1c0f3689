// Brings back index.json: from its copy, else from what can still be read of it and from the manifests among the blobs.
import {readdirSync, readFileSync, statSync} from 'node:fs';
import {copyFile} from 'node:fs/promises';
import {join} from 'node:path';
import {errnoOf, isEngineError} from '../../errors.ts';
import type {Descriptor} from '../../oci/image-spec.ts';
import {type Digest, isDigest} from '../digest.ts';
import {maxManifestBytes, parseManifest} from '../manifest.ts';
import {parseReference} from '../reference.ts';
import {dropRedundant, nameEntry} from './image-entry.ts';
import type {ImageLayout} from './image-layout.ts';
import {isAsWritten, parseIndex, salvageEntries} from './layout-index.ts';

export interface KnownImage {
  /** Familiar or canonical name:tag. */
  name: string;
  manifestDigest: string;
}

/**
 * Writes a whole index in place of a damaged one, which is kept as index.json.damaged. `known` are images as containers remember
 * them. Returns what was done, in words.
 */
export async function mendIndex(layout: ImageLayout, known: readonly KnownImage[]): Promise<string> {
  await keepDamaged(layout);
  const copy = readCopy(layout);
  const {entries, how} = copy ? {entries: copy, how: 'brought back from its copy'} : rebuild(layout, known);
  await layout.replaceIndex(entries);
  return how;
}

async function keepDamaged({indexPath}: ImageLayout): Promise<void> {
  await copyFile(indexPath, `${indexPath}.damaged`).catch((error: unknown) => {
    if (errnoOf(error) === undefined) throw error;
  });
}

function readCopy({indexCopyPath}: ImageLayout): Descriptor[] | undefined {
  try {
    const text = readFileSync(indexCopyPath, 'utf8');
    return isAsWritten(text, indexCopyPath) ? parseIndex(text, indexCopyPath) : undefined;
  } catch (error) {
    if (isEngineError(error) || errnoOf(error) !== undefined) return undefined;
    throw error;
  }
}

function rebuild(layout: ImageLayout, known: readonly KnownImage[]): {entries: Descriptor[]; how: string} {
  const found = manifestsIn(layout);
  const salvaged = salvageEntries(readLoosely(layout.indexPath)).filter(({digest}) =>
    found.some((entry) => entry.digest === digest),
  );
  const named = known.flatMap(({name, manifestDigest}) => {
    const entry = found.find(({digest}) => digest === manifestDigest);
    return entry ? [nameEntry(entry, parseReference(name))] : [];
  });
  const entries = dropRedundant([...salvaged, ...named, ...found]);
  const lost = entries.filter(({annotations}) => annotations === undefined).length;
  const names = lost === 0 ? '' : `; ${lost} of them have lost their names`;
  return {entries, how: `made again from ${found.length} manifests among the blobs${names}`};
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

function readLoosely(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return '';
  }
}
