// What is at the two ends of a copy, found without following a link out of the tree.
import {closeSync, constants, fstatSync, lstatSync, readlinkSync} from 'node:fs';
import {posix} from 'node:path';
import {O, openAt2, RESOLVE} from '../system/libc.ts';
import {toByteString, toPath} from './byte-string.ts';
import {assertsFolder, type CopyPath, type Destination, splitEntry} from './copy-path.ts';
import {entryOf, type FileTree, isNotThere, withFd} from './file-tree.ts';
import type {TreeTop} from './tree-members.ts';
import type {UnpackPlace} from './tree-unpacker.ts';

// As many as the kernel follows.
const maxLinks = 40;

export interface CopySource extends TreeTop, Disposable {
  isFolder: boolean;
}

/**
 * Opens what is to be copied: a link itself, unless `followLink` or a slash at its end asks for what it points to.
 * Throws LibcError: ENOENT, ENOTDIR, ELOOP.
 */
export function openSource(tree: FileTree, path: CopyPath, followLink: boolean): CopySource {
  const found = followLink && !assertsFolder(path) ? followLinks(tree, path) : path;
  const {folder, name} = splitFound(found);
  if (assertsFolder(path) || name === undefined) {
    const folderFd = tree.open(found, {folder: true});
    return {folderFd, isFolder: true, [Symbol.dispose]: () => closeSync(folderFd)};
  }
  const folderFd = tree.open(folder, {folder: true});
  try {
    const isFolder = lstatSync(entryOf(folderFd, name)).isDirectory();
    return {folderFd, name, isFolder, [Symbol.dispose]: () => closeSync(folderFd)};
  } catch (error) {
    closeSync(folderFd);
    throw error;
  }
}

/** What is there, links followed. A link that leads nowhere means the place that it names. */
export function findDestination(tree: FileTree, path: CopyPath): Destination & {isDevice: boolean} {
  try {
    return withFd(tree.open(path), (fd) => {
      const stat = fstatSync(fd);
      const {folder, name} = splitFound(followLinks(tree, path));
      const isDevice = stat.isCharacterDevice() || stat.isBlockDevice();
      const kind = stat.isDirectory() ? 'folder' : 'other';
      return {path, kind, folder, name: name ?? '', isDevice};
    });
  } catch (error) {
    if (!isNotThere(error)) throw error;
  }
  const {folder, name} = splitEntry(path);
  return {path, kind: 'missing', isDevice: false, ...placeOf(tree, {folder, name})};
}

function placeOf(tree: FileTree, place: {folder: string; name: string}): {folder: string; name: string} {
  try {
    const {folder, name} = splitFound(followLinks(tree, posix.join(place.folder, place.name)));
    return name === undefined ? place : {folder, name};
  } catch (error) {
    if (isNotThere(error)) return place;
    throw error;
  }
}

// The path by which to open what a link leads to, '..' in it and all: the kernel resolves that, and not text.
function followLinks(tree: FileTree, path: string): string {
  let current = path;
  for (let links = 0; links < maxLinks; links++) {
    const {folder, name} = splitFound(current);
    if (name === undefined) return current;
    const target = withFd(tree.open(folder, {folder: true}), (fd) => linkAt(entryOf(fd, name)));
    if (target === undefined) return current;
    current = target.startsWith('/') ? target : `${folder}/${target}`;
  }
  throw Object.assign(new Error(`too many symlinks in ${path}`), {code: 'ELOOP'});
}

function linkAt(path: string | Buffer): string | undefined {
  return lstatSync(path, {throwIfNoEntry: false})?.isSymbolicLink() ? readlinkSync(path) : undefined;
}

// Without a name it is a folder, however it is spelt.
function splitFound(path: string): {folder: string; name: string | undefined} {
  const name = posix.basename(path);
  const isFolder = name === '' || name === '.' || name === '..' || path.endsWith('/');
  return {folder: posix.dirname(path), name: isFolder ? undefined : name};
}

/** A folder of a container: links in the names of an archive lead where they do in the container. */
export function placeInTree(tree: FileTree, folder: string): UnpackPlace {
  const prefix = toByteString(folder);
  return {
    shownPath: folder,
    openFolder: (name) => tree.open(toPath(`${prefix}/${name}`), {folder: true}),
  };
}

/** An open folder of the host: links below it are not followed, for what is unpacked comes from a container. */
export function placeOnHost(folderFd: number, folder: string): UnpackPlace {
  const flags = O.path | constants.O_DIRECTORY;
  return {
    shownPath: folder,
    openFolder: (name) =>
      openAt2(folderFd, name === '' ? '.' : toPath(name), flags, RESOLVE.beneath | RESOLVE.noSymlinks),
  };
}
