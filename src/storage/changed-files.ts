// What a container has changed of its image, by Docker's rules (moby's pkg/archive/changes.go): a folder counts as changed
// with what is in it, and not by its time; what is gone is named once, without what was in it.
import type {BigIntStats} from 'node:fs';
import {errnoOf} from '../errors.ts';
import {getXattr} from '../system/libc.ts';
import {type ByteString, toText} from './byte-string.ts';
import {joinPath} from './layer-name.ts';
import {isWhiteout} from './parent-layers.ts';
import {UpperFolder, type WrittenFiles} from './upper-folder.ts';

export interface FileChange {
  kind: 'added' | 'changed' | 'deleted';
  /** Absolute, as the container sees it. */
  path: string;
}

/** In the order of the bytes of names, each folder before what is in it. */
export function listChanges(files: WrittenFiles): FileChange[] {
  using root = UpperFolder.openRoot(files);
  return changesIn(root);
}

function changesIn(folder: UpperFolder): FileChange[] {
  const entries = new Map([...folder.entries()].map((entry) => [entry.base, entry]));
  const names = new Set([...entries.keys(), ...(folder.hidesBelow ? folder.namesBelow() : [])]);
  return [...names].sort().flatMap((base): FileChange[] => {
    const path = `/${toText(joinPath(folder.name, base))}`;
    const entry = entries.get(base);
    const below = folder.below(base);
    if (!entry || isWhiteout(entry.stat)) return below ? [{kind: 'deleted', path}] : [];
    using inner = entry.stat.isDirectory() ? folder.open(entry) : undefined;
    // Made for a mount of the engine's, as what is in it.
    if (!below && inner?.isOnlyPlaces()) return [];
    const changes = inner ? changesIn(inner) : [];
    if (!below) return [{kind: 'added', path}, ...changes];
    return changes.length > 0 || differs(entry, below) ? [{kind: 'changed', path}, ...changes] : [];
  });
}

interface File {
  path: string | Buffer;
  stat: BigIntStats;
}

/** Whether something else is to be seen there than before. The time and size of a folder say nothing. */
export function differs(file: File, before: File): boolean {
  const [now, then] = [file.stat, before.stat];
  if (now.mode !== then.mode || now.uid !== then.uid || now.gid !== then.gid || now.rdev !== then.rdev)
    return true;
  if (!now.isDirectory() && (now.size !== then.size || !isSameTime(now.mtimeNs, then.mtimeNs))) return true;
  return capabilityOf(file.path) !== capabilityOf(before.path);
}

// Archives that have no fractions of seconds are common.
function isSameTime(a: bigint, b: bigint): boolean {
  const second = 1_000_000_000n;
  return a === b || (a / second === b / second && (a % second === 0n || b % second === 0n));
}

function capabilityOf(path: string | Buffer): ByteString {
  try {
    return getXattr(path, 'security.capability').toString('latin1');
  } catch (error) {
    if (['ENODATA', 'EOPNOTSUPP', 'ENOENT'].includes(errnoOf(error) ?? '')) return '';
    throw error;
  }
}
