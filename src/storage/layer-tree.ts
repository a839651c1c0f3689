// The tree of a layer while it is unpacked: which names are real folders, which were hidden, what waits for the
// layers below. Every path that leads to the disk passes here, so nothing is reached through a link that the
// archive made. Holds true because nobody else writes in the layer's folder meanwhile.
import {lstatSync, mkdirSync, readdirSync, readlinkSync, rmSync} from 'node:fs';
import {errnoOf} from '../errors.ts';
import {setXattr, type Timespec} from '../system/libc.ts';
import {type ByteString, toByteString, toPath} from './byte-string.ts';
import {invalid, quote} from './layer-fault.ts';
import {joinPath, splitPath} from './layer-name.ts';

export interface Folder {
  /** True when no entry names it: it is there because an entry lies below it. */
  implied: boolean;
  atime: Timespec;
  mtime: Timespec;
}

const epoch: Timespec = {seconds: 0n, nanoseconds: 0};

// As many as the kernel follows.
const maxLinks = 40;

export class LayerTree {
  readonly #root: ByteString;
  /** Real folders, by name; '' is the layer's own folder. */
  readonly folders = new Map<ByteString, Folder>([['', impliedFolder()]]);
  /** Names that this layer hides of the layers below, whether or not it then brings its own. */
  readonly hidden = new Set<ByteString>();
  /** Names where a whiteout stands now. */
  readonly whiteouts = new Set<ByteString>();
  /** Folders of this layer that are not merged with those below. */
  readonly opaque = new Set<ByteString>();
  /** Hard links whose target is not in this layer: name to target. */
  readonly lateLinks = new Map<ByteString, ByteString>();
  /** sha256 of the content of files, in hexadecimal; undefined for one with too large a hole. May hold names that are gone. */
  readonly digests = new Map<ByteString, string | undefined>();
  /** Names that were given extended attributes. May hold names that are gone. */
  readonly attributed = new Set<ByteString>();
  /** True when the layer hides everything below it. */
  rootIsOpaque = false;
  /** Sum of the sizes of regular files; a file with several names counts once. */
  sizeBytes = 0;

  constructor(root: string) {
    this.#root = toByteString(root);
  }

  /** Where a name is on disk. Only for names whose folder is real: from `place`, `find` or `folders`. */
  path(name: ByteString): string | Buffer {
    return toPath(name === '' ? this.#root : `${this.#root}/${name}`);
  }

  /** The name by which `name` is to be made: links in its folder are resolved inside the layer, missing folders made. */
  place(name: ByteString): ByteString {
    const {folder, base} = splitPath(name);
    return this.folders.has(folder) ? name : joinPath(this.#resolve(folder, true) ?? '', base);
  }

  /** The same for what should be there already; undefined when its folder is not in this layer. */
  find(name: ByteString): ByteString | undefined {
    const {folder, base} = splitPath(name);
    if (this.folders.has(folder)) return name;
    const real = this.#resolve(folder, false);
    return real === undefined ? undefined : joinPath(real, base);
  }

  // As a process with this layer as its '/' would walk: absolute links start again at the top and '..' stops there.
  #resolve(folder: ByteString, make: boolean): ByteString | undefined {
    const rest = folder.split('/').reverse();
    let current = '';
    let links = 0;
    while (true) {
      const part = rest.pop();
      if (part === undefined) return current;
      if (part === '' || part === '.') continue;
      if (part === '..') {
        current = splitPath(current).folder;
        continue;
      }
      const next = joinPath(current, part);
      if (!this.folders.has(next)) {
        const target = this.#linkOrFolder(next, make);
        if (target === undefined) return undefined;
        if (target !== null) {
          if (++links > maxLinks) throw invalid(`${quote(folder)} goes through too many links`);
          if (target.startsWith('/')) current = '';
          rest.push(...target.split('/').reverse());
          continue;
        }
      }
      current = next;
    }
  }

  /** The target of a link; null once `name` is a folder; undefined when it is none and must not be made. */
  #linkOrFolder(name: ByteString, make: boolean): ByteString | null | undefined {
    const path = this.path(name);
    const stat = lstatSync(path, {throwIfNoEntry: false});
    if (stat?.isSymbolicLink()) return readlinkSync(path, 'latin1');
    if (!make) return undefined;
    if (this.whiteouts.has(name)) this.remove(name);
    else if (stat) throw invalid(`its folder ${quote(name)} is not a folder`);
    mkdirSync(path, 0o755);
    this.addFolder(name, impliedFolder());
    if (this.hidden.has(name)) this.makeOpaque(name);
    return null;
  }

  addFolder(name: ByteString, folder: Folder): void {
    this.folders.set(name, folder);
    this.lateLinks.delete(name);
  }

  /** Lets a real folder hide what the layers below have in it. */
  makeOpaque(name: ByteString): void {
    // The kernel always merges the roots of its layers: layer-finish.ts hides the names in them one by one.
    if (name === '') this.rootIsOpaque = true;
    else {
      setXattr(this.path(name), 'trusted.overlay.opaque', Buffer.from('y'));
      this.attributed.add(name);
    }
    this.opaque.add(name);
  }

  /** True when nothing of the layers below shows in this folder. */
  hidesBelow(name: ByteString): boolean {
    for (let folder = name; folder !== ''; folder = splitPath(folder).folder) {
      if (this.opaque.has(folder)) return true;
    }
    return false;
  }

  /** Removes what an earlier entry left at `name`. */
  remove(name: ByteString): void {
    const path = this.path(name);
    this.sizeBytes -= measure(path);
    rmSync(path, {recursive: true, force: true});
    this.whiteouts.delete(name);
    if (!this.folders.has(name)) return;
    for (const names of [this.folders, this.hidden, this.whiteouts, this.opaque, this.lateLinks]) {
      for (const key of names.keys()) if (key.startsWith(`${name}/`)) names.delete(key);
    }
    this.folders.delete(name);
    this.opaque.delete(name);
  }
}

function impliedFolder(): Folder {
  return {implied: true, atime: epoch, mtime: epoch};
}

/** The bytes that go with the removal of `path`: a file with another name left stays. */
function measure(path: string | Buffer): number {
  const stat = lstatSync(path);
  if (stat.isFile()) return stat.nlink === 1 ? stat.size : 0;
  if (!stat.isDirectory()) return 0;
  const prefix = Buffer.concat([Buffer.from(path), Buffer.from('/')]);
  return readdirSync(path, {encoding: 'buffer'}).reduce(
    (total, name) => total + measure(Buffer.concat([prefix, name])),
    0,
  );
}

/** True for the failure to make something where something is. */
export function isOccupied(error: unknown): boolean {
  return errnoOf(error) === 'EEXIST';
}
