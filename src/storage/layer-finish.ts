// What a layer needs of the layers below it before it is whole, done when they are all there: folders that its
// archive leaves out, hard links to files of lower layers, whiteouts of the root.
import {
  chmodSync,
  constants,
  copyFileSync,
  lchownSync,
  linkSync,
  lstatSync,
  readlinkSync,
  rmSync,
  type Stats,
  symlinkSync,
} from 'node:fs';
import {deviceNumbers} from '../system/device-numbers.ts';
import {getXattr, listXattrs, mknod, setTimes, setXattr, type Timespec} from '../system/libc.ts';
import {type ByteString, toByteString} from './byte-string.ts';
import {invalid, quote} from './layer-fault.ts';
import {splitPath} from './layer-name.ts';
import {isOccupied, type LayerTree} from './layer-tree.ts';
import {isHonoured} from './layer-xattrs.ts';
import type {ParentLayers} from './parent-layers.ts';

/** Throws LayerFault when a hard link's target is in no layer. */
export function finishLayer(tree: LayerTree, parents: ParentLayers): void {
  for (const [name, folder] of tree.folders) if (folder.implied) inheritFolder(tree, name, parents);
  const copies = new Map<ByteString, ByteString>();
  for (const [name, target] of tree.lateLinks) linkBelow(tree, {name, target}, {parents, copies});
  tree.lateLinks.clear();
  if (tree.rootIsOpaque) hideRoot(tree, parents);
  dropIdleWhiteouts(tree, parents);
  // Every change in a folder has changed its times.
  for (const [name, {atime, mtime}] of tree.folders) setTimes(tree.path(name), atime, mtime);
}

// The merged folder shows the topmost layer's owner, mode, times and attributes, so an implied one must repeat them.
function inheritFolder(tree: LayerTree, name: ByteString, parents: ParentLayers): void {
  if (name === '') return;
  const below = parents.find(name);
  if (!below?.stat.isDirectory()) return;
  const path = tree.path(name);
  copyMetadata(below.path, below.stat, path);
  tree.attributed.add(name);
  const {atime, mtime} = timesOf(below.path);
  tree.folders.set(name, {implied: true, atime, mtime});
}

/** `copies`: lower files that are in this layer by now, by target: two links to one file stay one file. */
function linkBelow(
  tree: LayerTree,
  {name, target}: {name: ByteString; target: ByteString},
  {parents, copies}: {parents: ParentLayers; copies: Map<ByteString, ByteString>},
): void {
  const copied = copies.get(target);
  try {
    if (copied === undefined) copyUp(tree, {name, target}, parents);
    else linkSync(tree.path(copied), tree.path(name));
  } catch (error) {
    if (isOccupied(error)) throw invalid(`${quote(name)} is a hard link and something else`);
    throw error;
  }
  copies.set(target, name);
}

function copyUp(
  tree: LayerTree,
  {name, target}: {name: ByteString; target: ByteString},
  parents: ParentLayers,
): void {
  const below = parents.find(target);
  if (!below || below.stat.isDirectory()) {
    const why = below ? 'is a folder' : 'is not in this layer nor below it';
    throw invalid(`the hard link ${quote(name)} leads to ${quote(target)}, which ${why}`);
  }
  const {stat} = below;
  const path = tree.path(name);
  if (stat.isFile()) {
    copyFileSync(below.path, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    tree.sizeBytes += stat.size;
  } else if (stat.isSymbolicLink()) symlinkSync(readlinkSync(below.path, 'buffer'), path);
  else {
    const {major, minor} = deviceNumbers(stat.rdev);
    mknod(path, stat.mode, major, minor);
  }
  copyMetadata(below.path, stat, path);
  tree.attributed.add(name);
  const {atime, mtime} = timesOf(below.path);
  setTimes(path, atime, mtime);
}

function copyMetadata(from: string | Buffer, stat: Stats, to: string | Buffer): void {
  lchownSync(to, stat.uid, stat.gid);
  if (!stat.isSymbolicLink()) chmodSync(to, stat.mode & 0o7777);
  for (const name of listXattrs(from)) {
    // Honoured once is honoured again; the overlay's own attributes belong to the other layer.
    if (isHonoured(toByteString(name))) setXattr(to, name, getXattr(from, name));
  }
}

function timesOf(path: string | Buffer): {atime: Timespec; mtime: Timespec} {
  const {atimeNs, mtimeNs} = lstatSync(path, {bigint: true});
  return {atime: toTimespec(atimeNs), mtime: toTimespec(mtimeNs)};
}

/** A time of a file's, as Node.js gives it, in the form of the system calls. */
export function toTimespec(nanoseconds: bigint): Timespec {
  const rest = ((nanoseconds % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return {seconds: (nanoseconds - rest) / 1_000_000_000n, nanoseconds: Number(rest)};
}

// Overlayfs always merges the roots of its layers, so an opaque one hides what is below name by name.
function hideRoot(tree: LayerTree, parents: ParentLayers): void {
  for (const name of parents.rootNames()) {
    const path = tree.path(name);
    if (tree.folders.has(name)) tree.makeOpaque(name);
    else if (!lstatSync(path, {throwIfNoEntry: false})) mknod(path, constants.S_IFCHR, 0, 0);
  }
}

// A whiteout in a folder that is in no lower layer would show in a listing of that folder: overlayfs only looks for
// them where it merges.
function dropIdleWhiteouts(tree: LayerTree, parents: ParentLayers): void {
  for (const name of tree.whiteouts) {
    const {folder} = splitPath(name);
    const merged = folder === '' || (!tree.hidesBelow(folder) && parents.find(folder)?.stat.isDirectory());
    if (merged && parents.find(name)) continue;
    rmSync(tree.path(name), {force: true});
    tree.whiteouts.delete(name);
  }
}
