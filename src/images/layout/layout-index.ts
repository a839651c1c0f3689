// index.json as text: written with a digest of its own entries, so that damage to it is seen; and read, whoever wrote it.
import {EngineError} from '../../errors.ts';
import {type Descriptor, type ImageIndex, mediaTypes} from '../../oci/image-spec.ts';
import {digestOf, isDigest} from '../digest.ts';

const digestAnnotation = 'dev.crundle.index.digest';

export function formatIndex(manifests: Descriptor[]): string {
  const index: ImageIndex = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    annotations: {[digestAnnotation]: digestOf(JSON.stringify(manifests))},
    manifests,
  };
  return `${JSON.stringify(index, null, 2)}\n`;
}

/** The entries. Throws EngineError 'state-damaged' for what is no index; `path` is for the message. */
export function parseIndex(text: string, path: string): Descriptor[] {
  let index: unknown;
  try {
    index = JSON.parse(text);
  } catch (error) {
    throw indexDamaged(path, 'is not valid JSON', error);
  }
  if (
    typeof index !== 'object' ||
    index === null ||
    !('manifests' in index) ||
    !Array.isArray(index.manifests)
  ) {
    throw indexDamaged(path, 'has no list of manifests');
  }
  for (const entry of index.manifests) {
    if (!isEntry(entry)) throw indexDamaged(path, 'has an entry without a digest or a size');
  }
  return index.manifests as Descriptor[];
}

/**
 * False when it is not byte for byte what was written: the disk or another program has changed it. True also for an index that
 * carries no digest, as other programs and earlier versions write them. Throws what parseIndex throws.
 */
export function isAsWritten(text: string, path: string): boolean {
  const manifests = parseIndex(text, path);
  return !text.includes(digestAnnotation) || text === formatIndex(manifests);
}

/** The entries that can still be read in an index that cannot: those that stand whole in it, as formatIndex writes them. */
export function salvageEntries(text: string): Descriptor[] {
  return [...text.matchAll(/^ {4}\{$[\s\S]*?^ {4}\}/gm)].flatMap(([block]) => {
    try {
      const entry: unknown = JSON.parse(block);
      return isEntry(entry) && typeof entry.mediaType === 'string' ? [entry] : [];
    } catch {
      return [];
    }
  });
}

function isEntry(value: unknown): value is Descriptor {
  if (typeof value !== 'object' || value === null || !('digest' in value) || !('size' in value)) return false;
  return typeof value.digest === 'string' && isDigest(value.digest) && typeof value.size === 'number';
}

export function indexDamaged(path: string, why: string, cause?: unknown): EngineError {
  return new EngineError('state-damaged', `the list of images ${path} ${why}`, {
    hint: "'crundle system check --repair' brings back what it can",
    cause,
  });
}
