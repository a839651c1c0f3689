// Makes the files of one layer out of the entries of its archive: exact in owner, mode, times and attributes, and
// never outside of the layer's own folder. System calls are made one by one and synchronously: for many small
// files that is several times faster than a queue, and decompression runs in other threads meanwhile.
import {
  chmodSync,
  constants,
  fchmodSync,
  fchownSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  symlinkSync,
} from 'node:fs';
import {errnoOf} from '../errors.ts';
import {mknod, setFileTimes, setTimes} from '../system/libc.ts';
import {type ByteString, toPath} from './byte-string.ts';
import {hostile, invalid, quote} from './layer-fault.ts';
import {LayerFile} from './layer-file.ts';
import {joinPath, normaliseName, splitPath} from './layer-name.ts';
import {isOccupied, LayerTree} from './layer-tree.ts';
import {setXattrs} from './layer-xattrs.ts';
import type {TarEntry, TarSink} from './tar-reader.ts';

const whiteoutPrefix = '.wh.';
const opaqueMarker = '.wh..wh..opq';
/** AUFS' own files, which older versions of Docker left in layers. */
const aufsPrefix = '.wh..wh.';

const deviceModes = {
  'character-device': constants.S_IFCHR,
  'block-device': constants.S_IFBLK,
  fifo: constants.S_IFIFO,
};

interface OpenFile {
  file: LayerFile;
  entry: TarEntry;
  name: ByteString;
}

/** Sink of a TarReader. Throws LayerFault, and the errors of system calls as they are. */
export class LayerUnpacker implements TarSink {
  readonly tree: LayerTree;
  /** The archived name of the entry in work, for messages. */
  entryName: ByteString | undefined;
  #open: OpenFile | undefined;

  /** `root`: an empty folder that nobody else writes to. */
  constructor(root: string) {
    this.tree = new LayerTree(root);
  }

  entry(entry: TarEntry): void {
    this.entryName = entry.name;
    if (!isOwner(entry.uid) || !isOwner(entry.gid)) throw invalid('its owner is not a user and group number');
    const name = normaliseName(entry.name);
    if (name.includes(whiteoutPrefix) && this.#whiteout(name)) return;
    if (name === '' && entry.type !== 'folder') throw hostile('it would replace the layer itself');
    this.#make(entry, this.tree.place(name));
  }

  data(bytes: Buffer): void {
    this.#open?.file.write(bytes);
  }

  entryEnd(): void {
    const open = this.#open;
    if (!open) return;
    this.#open = undefined;
    try {
      this.#finishFile(open);
    } finally {
      open.file.close();
    }
    this.entryName = undefined;
  }

  /** After the last entry: the times of folders, which each entry in them has changed. */
  finish(): void {
    this.entryName = undefined;
    for (const name of this.tree.folders.keys()) this.applyFolderTimes(name);
  }

  applyFolderTimes(name: ByteString): void {
    const folder = this.tree.folders.get(name);
    if (folder) setTimes(this.tree.path(name), folder.atime, folder.mtime);
  }

  /** Closes what a failure left open. */
  close(): void {
    this.#open?.file.close();
    this.#open = undefined;
  }

  #make(entry: TarEntry, name: ByteString): void {
    const {type, linkName} = entry;
    switch (type) {
      case 'file': {
        const file = this.#create(name, (path) => new LayerFile(path, entry));
        this.#open = {file, entry, name};
        break;
      }
      case 'folder':
        this.#folder(entry, name);
        break;
      case 'hard-link':
        this.#hardLink(entry, name);
        break;
      case 'symbolic-link':
        if (linkName === '') throw invalid('a symbolic link without a target');
        this.#create(name, (path) => symlinkSync(toPath(linkName), path));
        this.#finishNode(entry, name);
        break;
      default:
        this.#create(name, (path) => mknod(path, deviceModes[type] | 0o600, entry.major, entry.minor));
        this.#finishNode(entry, name);
    }
  }

  // Making it and finding the place taken costs nothing for the nearly all that are not repeated.
  #create<T>(name: ByteString, make: (path: string | Buffer) => T): T {
    this.tree.lateLinks.delete(name);
    this.tree.digests.delete(name);
    const path = this.tree.path(name);
    try {
      return make(path);
    } catch (error) {
      if (!isOccupied(error)) throw error;
      this.tree.remove(name);
      return make(path);
    }
  }

  #finishFile({file, entry, name}: OpenFile): void {
    this.tree.digests.set(name, file.end());
    this.tree.sizeBytes += file.sizeBytes;
    fchownSync(file.fd, entry.uid, entry.gid);
    // After the owner, whose change clears set-id bits; attributes after the content, whose change clears capabilities.
    fchmodSync(file.fd, entry.mode);
    if (entry.xattrs.size > 0) this.#setXattrs(name, entry.xattrs);
    setFileTimes(file.fd, entry.atime ?? entry.mtime, entry.mtime);
  }

  #setXattrs(name: ByteString, xattrs: ReadonlyMap<ByteString, Buffer>): void {
    setXattrs(this.tree.path(name), xattrs);
    this.tree.attributed.add(name);
  }

  /** Links, devices and FIFOs. */
  #finishNode(entry: TarEntry, name: ByteString): void {
    const path = this.tree.path(name);
    lchownSync(path, entry.uid, entry.gid);
    if (entry.type !== 'symbolic-link') chmodSync(path, entry.mode);
    if (entry.xattrs.size > 0) this.#setXattrs(name, entry.xattrs);
    setTimes(path, entry.atime ?? entry.mtime, entry.mtime);
  }

  // A folder that is there already is merged: it takes the later entry's owner, mode, times and attributes.
  #folder(entry: TarEntry, name: ByteString): void {
    if (!this.tree.folders.has(name)) this.#create(name, (path) => mkdirSync(path, 0o700));
    this.tree.addFolder(name, {implied: false, atime: entry.atime ?? entry.mtime, mtime: entry.mtime});
    const path = this.tree.path(name);
    lchownSync(path, entry.uid, entry.gid);
    chmodSync(path, entry.mode);
    if (entry.xattrs.size > 0) this.#setXattrs(name, entry.xattrs);
    if (this.tree.hidden.has(name)) this.tree.makeOpaque(name);
  }

  #hardLink(entry: TarEntry, name: ByteString): void {
    const target = normaliseName(entry.linkName);
    const found = this.tree.find(target);
    if (found === name) {
      this.#linkToItself(name);
      return;
    }
    // A whiteout at the target says that it means the file of a lower layer; so does a link that waits for one.
    if (found !== undefined && !this.tree.whiteouts.has(found) && !this.tree.lateLinks.has(found)) {
      if (this.tree.folders.has(found)) throw invalid(`a hard link to the folder ${quote(target)}`);
      try {
        this.#create(name, (path) => linkSync(this.tree.path(found), path));
        if (this.tree.digests.has(found)) this.tree.digests.set(name, this.tree.digests.get(found));
        return;
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') throw error;
      }
    }
    this.#create(name, (path) => {
      if (lstatSync(path, {throwIfNoEntry: false}))
        throw Object.assign(new Error('occupied'), {code: 'EEXIST'});
    });
    this.tree.lateLinks.set(name, (found && this.tree.lateLinks.get(found)) ?? target);
  }

  #linkToItself(name: ByteString): void {
    if (lstatSync(this.tree.path(name), {throwIfNoEntry: false})) return;
    throw invalid('a hard link to itself');
  }

  /** Handles OCI's whiteouts and AUFS' files; false for a name that only looks alike. */
  #whiteout(name: ByteString): boolean {
    const {folder, base} = splitPath(name);
    const isAufs = (part: ByteString) => part.startsWith(aufsPrefix);
    if (base === opaqueMarker && !folder.split('/').some(isAufs)) {
      this.tree.makeOpaque(splitPath(this.tree.place(name)).folder);
      return true;
    }
    if (name.split('/').some(isAufs)) return true;
    if (folder.split('/').some((part) => part.startsWith(whiteoutPrefix)))
      throw invalid('it lies below a whiteout');
    if (!base.startsWith(whiteoutPrefix)) return false;
    const hidden = base.slice(whiteoutPrefix.length);
    if (hidden === '') throw invalid('a whiteout without a name');
    if (hidden === '.' || hidden === '..') throw hostile(`a whiteout of ${quote(hidden)}`);
    this.#hide(this.tree.place(joinPath(folder, hidden)));
    return true;
  }

  // A whiteout speaks of the layers below only (OCI image-spec, layer.md): what this layer itself brings under that
  // name stays, wherever in the archive it stands, and a folder of it is then not merged with the one below.
  #hide(name: ByteString): void {
    this.tree.hidden.add(name);
    if (this.tree.folders.has(name)) this.tree.makeOpaque(name);
    if (this.tree.folders.has(name) || this.tree.lateLinks.has(name)) return;
    try {
      mknod(this.tree.path(name), constants.S_IFCHR, 0, 0);
      this.tree.whiteouts.add(name);
    } catch (error) {
      if (!isOccupied(error)) throw error;
    }
  }
}

// 4294967295 means 'leave it' to chown(2).
function isOwner(id: number): boolean {
  return id >= 0 && id < 4294967295;
}
