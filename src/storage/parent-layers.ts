// What the layers below show at a path, as overlayfs would merge them: without mounting, and without ever following
// a link of theirs.
import {type BigIntStats, lstatSync, readdirSync, type Stats} from 'node:fs';
import {errnoOf} from '../errors.ts';
import {getXattr} from '../system/libc.ts';
import {type ByteString, toByteString, toPath} from './byte-string.ts';
import {joinPath} from './layer-name.ts';

export interface FoundBelow {
  path: string | Buffer;
  stat: Stats;
}

export class ParentLayers {
  /** Folders of files, topmost first. */
  readonly #roots: ByteString[];

  /** `folders`: the files of each layer, lowest first. */
  constructor(folders: readonly string[]) {
    this.#roots = folders.map(toByteString).reverse();
  }

  /** What is at `name`, in the topmost layer that has it; undefined when it is hidden or nowhere. */
  find(name: ByteString): FoundBelow | undefined {
    let roots = this.#roots;
    let found: FoundBelow | undefined;
    let path = '';
    for (const part of name.split('/')) {
      path = joinPath(path, part);
      const layers = look(roots, path);
      found = layers[0];
      if (!found) return undefined;
      // Only folders have something below them, and a lower layer's only where all above it are folders too.
      roots = roots.filter((root) => layers.some((layer) => layer.root === root && layer.stat.isDirectory()));
    }
    return found;
  }

  /** The names that can be seen in the root folder of these layers. */
  rootNames(): ByteString[] {
    const names = new Set(this.#roots.flatMap((root) => readdirSync(toPath(root), {encoding: 'latin1'})));
    return [...names].filter((name) => this.find(name) !== undefined);
  }
}

interface InLayer extends FoundBelow {
  root: ByteString;
}

/** The layers that take part in what is at `path`: the topmost one that has it, and below a folder, other folders. */
function look(roots: readonly ByteString[], path: ByteString): InLayer[] {
  const layers: InLayer[] = [];
  for (const root of roots) {
    const full = toPath(`${root}/${path}`);
    const stat = lstatSync(full, {throwIfNoEntry: false});
    if (!stat) continue;
    if (isWhiteout(stat) || (layers.length > 0 && !stat.isDirectory())) break;
    layers.push({root, path: full, stat});
    if (!stat.isDirectory() || isOpaque(full)) break;
  }
  return layers;
}

/** The kernel makes whiteouts as 0/0 devices only; those that are attributes are made by other programs. */
export function isWhiteout(stat: Stats | BigIntStats): boolean {
  return stat.isCharacterDevice() && Number(stat.rdev) === 0;
}

/** True for a folder that hides what the layers below have in it. */
export function isOpaque(path: string | Buffer): boolean {
  try {
    return getXattr(path, 'trusted.overlay.opaque').toString() === 'y';
  } catch (error) {
    if (errnoOf(error) === 'ENODATA' || errnoOf(error) === 'EOPNOTSUPP') return false;
    throw error;
  }
}
