// Puts the entries of an archive into a tree that is in use, as `cp` does: what is there is replaced or, where both are
// folders, merged. Every call goes through the descriptor of the folder that holds the entry and follows nothing, so
// that a container that changes its tree meanwhile gains nothing.
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  ftruncateSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import {EngineError, errnoOf} from '../errors.ts';
import {mknod, O, setFileTimes, setTimes, type Timespec} from '../system/libc.ts';
import {type ByteString, toPath, toText} from './byte-string.ts';
import {writeData} from './file-data.ts';
import {entryOf, pathOf, withFd} from './file-tree.ts';
import {hostile, invalid, LayerFault, quote} from './layer-fault.ts';
import {normaliseName, splitPath} from './layer-name.ts';
import {setXattrs} from './layer-xattrs.ts';
import type {TarEntry, TarSink} from './tar-reader.ts';

export interface UnpackPlace {
  /** Opens a folder below the place, '' for the place itself. Throws LibcError. */
  openFolder(name: ByteString): number;
  /** Of the place, for messages. */
  shownPath: string;
}

export interface UnpackOptions {
  /** Whom all files are to belong to. Absent: whom the archive says. */
  owner?: {uid: number; gid: number};
}

const deviceModes = {
  'character-device': constants.S_IFCHR,
  'block-device': constants.S_IFBLK,
  fifo: constants.S_IFIFO,
};

const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const folderOnly = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** Sink of a TarReader. Throws LayerFault, EngineError 'invalid-option', and the errors of system calls as they are. */
export class TreeUnpacker implements TarSink, Disposable {
  readonly #place: UnpackPlace;
  readonly #owner: UnpackOptions['owner'];
  /** The folder of the last entry. */
  #folder: {name: ByteString; fd: number} | undefined;
  #file:
    | {fd: number; path: string | Buffer; entry: TarEntry; position: {run: number; runBytes: number}}
    | undefined;
  readonly #folderTimes = new Map<ByteString, Timespec>();

  constructor(place: UnpackPlace, {owner}: UnpackOptions = {}) {
    this.#place = place;
    this.#owner = owner;
  }

  entry(archived: TarEntry): void {
    const entry = this.#owner ? {...archived, ...this.#owner} : archived;
    const name = this.#normalise(entry.name);
    if (name === '') {
      if (entry.type !== 'folder') throw hostile(`${this.#shown(name)} would be replaced itself`);
      return;
    }
    const {folder, base} = splitPath(name);
    const path = entryOf(this.#open(folder), toPath(base));
    this.#makeWay(entry, {name, path});
    this.#make(entry, {name, path});
  }

  data(bytes: Buffer): void {
    if (this.#file) writeData(this.#file.fd, bytes, this.#file.entry.sparse, this.#file.position);
  }

  entryEnd(): void {
    const file = this.#file;
    if (!file) return;
    this.#file = undefined;
    withFd(file.fd, (fd) => {
      const {entry, path} = file;
      if (entry.sparse) ftruncateSync(fd, entry.sparse.realSize);
      fchownSync(fd, entry.uid, entry.gid);
      // After the owner, whose change clears set-id bits; attributes after the content, whose change clears capabilities.
      fchmodSync(fd, entry.mode);
      if (entry.xattrs.size > 0) setXattrs(path, entry.xattrs);
      setFileTimes(fd, entry.mtime, entry.mtime);
    });
  }

  /** After the last entry: the times of folders, which each entry in them has changed. */
  finish(): void {
    for (const [name, mtime] of this.#folderTimes) {
      const {folder, base} = splitPath(name);
      setTimes(entryOf(this.#open(folder), toPath(base)), mtime, mtime);
    }
  }

  [Symbol.dispose](): void {
    if (this.#file) closeSync(this.#file.fd);
    if (this.#folder) closeSync(this.#folder.fd);
    this.#file = undefined;
    this.#folder = undefined;
  }

  // Kept until another one is asked for: most entries lie in the folder of the one before.
  #open(name: ByteString): number {
    if (this.#folder?.name === name) return this.#folder.fd;
    if (this.#folder) closeSync(this.#folder.fd);
    this.#folder = undefined;
    const fd = this.#openOrMake(name);
    this.#folder = {name, fd};
    return fd;
  }

  #openOrMake(name: ByteString): number {
    try {
      return this.#place.openFolder(name);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || name === '') throw error;
    }
    const {folder, base} = splitPath(name);
    withFd(this.#openOrMake(folder), (fd) => mkdirSync(entryOf(fd, toPath(base)), 0o755));
    return this.#place.openFolder(name);
  }

  // Docker's refusals, which keep one wrong argument from taking a whole tree away.
  #makeWay(entry: TarEntry, {name, path}: {name: ByteString; path: string | Buffer}): void {
    const there = lstatSync(path, {throwIfNoEntry: false});
    if (there === undefined) return;
    const isFolder = entry.type === 'folder';
    if (there.isDirectory() !== isFolder) {
      const [old, made] = isFolder ? ['non-directory', 'directory'] : ['directory', 'non-directory'];
      throw new EngineError(
        'invalid-option',
        `cannot overwrite ${old} "${this.#shown(name)}" with ${made} "${this.#shown('')}"`,
      );
    }
    if (!isFolder) unlinkSync(path);
  }

  #make(entry: TarEntry, {name, path}: {name: ByteString; path: string | Buffer}): void {
    switch (entry.type) {
      case 'file':
        this.#file = {fd: openSync(path, newFile, 0o600), path, entry, position: {run: 0, runBytes: 0}};
        break;
      case 'folder':
        this.#makeFolder(entry, {name, path});
        break;
      case 'hard-link': {
        const target = this.#normalise(entry.linkName);
        const {folder, base} = splitPath(target);
        withFd(this.#place.openFolder(folder), (fd) => linkSync(entryOf(fd, toPath(base)), path));
        break;
      }
      case 'symbolic-link':
        if (entry.linkName === '') throw invalid('a symbolic link without a target');
        symlinkSync(toPath(entry.linkName), path);
        finishNode(entry, path);
        break;
      default:
        mknod(path, deviceModes[entry.type] | 0o600, entry.major, entry.minor);
        finishNode(entry, path);
    }
  }

  #makeFolder(entry: TarEntry, {name, path}: {name: ByteString; path: string | Buffer}): void {
    try {
      mkdirSync(path, 0o700);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    withFd(openSync(path, folderOnly), (fd) => {
      fchownSync(fd, entry.uid, entry.gid);
      fchmodSync(fd, entry.mode);
      if (entry.xattrs.size > 0) setXattrs(`${pathOf(fd)}/.`, entry.xattrs);
    });
    this.#folderTimes.set(name, entry.mtime);
  }

  #normalise(archived: ByteString): ByteString {
    try {
      return normaliseName(archived);
    } catch (error) {
      if (!(error instanceof LayerFault) || error.kind !== 'hostile') throw error;
      throw hostile(`${quote(archived)} is outside of ${this.#place.shownPath}`);
    }
  }

  #shown(name: ByteString): string {
    const {shownPath} = this.#place;
    if (name === '') return shownPath;
    return `${shownPath === '/' ? '' : shownPath}/${toText(name)}`;
  }
}

// chmod(2) follows links, and the container may have put one there: a descriptor that only names the node cannot be led astray.
function finishNode(entry: TarEntry, path: string | Buffer): void {
  lchownSync(path, entry.uid, entry.gid);
  if (entry.type !== 'symbolic-link') {
    withFd(openSync(path, O.path | constants.O_NOFOLLOW), (fd) => chmodSync(pathOf(fd), entry.mode));
  }
  if (entry.xattrs.size > 0) setXattrs(path, entry.xattrs);
  setTimes(path, entry.mtime, entry.mtime);
}
