// What a container has written, as the members of a layer's archive: whiteouts and opaque folders in OCI's form, and exactly
// what is there of the rest. The same change gives the same members whenever and wherever it was made: no entry has a time of
// its own making. https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md
import {type BigIntStats, lstatSync} from 'node:fs';
import {type ByteString, toText} from './byte-string.ts';
import {differs} from './changed-files.ts';
import {type ArchivedLinks, fileMember} from './file-member.ts';
import {joinPath} from './layer-name.ts';
import {isOpaque, isWhiteout} from './parent-layers.ts';
import type {NewTarEntry, TarMember} from './tar-writer.ts';
import {type UpperEntry, UpperFolder, type WrittenFiles} from './upper-folder.ts';

const whiteoutPrefix = '.wh.';
const opaqueMarker = '.wh..wh..opq';
const epoch = {seconds: 0n, nanoseconds: 0};

/**
 * To be written by writeTar; nothing is in memory but the names of one folder at each level. What cannot be in a layer is
 * left out, and `onLeftOut` hears why. Throws what fileMember throws.
 */
export function* layerMembers(
  files: WrittenFiles,
  onLeftOut: (path: string, why: string) => void,
): Generator<TarMember> {
  using root = UpperFolder.openRoot(files);
  const stat = lstatSync(files.upper, {bigint: true});
  const links: ArchivedLinks = new Map();
  if (isOwnRoot(stat)) yield* fileMember({path: files.upper, name: '', stat}, links);
  yield* membersIn(root, {links, onLeftOut});
}

interface Walk {
  links: ArchivedLinks;
  onLeftOut: (path: string, why: string) => void;
}

// Docker's layers have no entry for the root; one is needed where it is not as unpacking makes it.
function isOwnRoot({mode, uid, gid}: BigIntStats): boolean {
  return (mode & 0o7777n) !== 0o755n || uid !== 0n || gid !== 0n;
}

function* membersIn(folder: UpperFolder, walk: Walk): Generator<TarMember> {
  for (const entry of folder.entries()) {
    if (entry.base.startsWith(whiteoutPrefix))
      leaveOut(entry, walk, 'its name means something else in a layer');
    else if (isWhiteout(entry.stat)) yield whiteout(folder.name, entry.base);
    else if (entry.stat.isSocket()) leaveOut(entry, walk, 'an archive holds no sockets');
    else if (!entry.stat.isDirectory()) yield* fileMember(entry, walk.links);
    else yield* folderMembers(folder, entry, walk);
  }
}

function* folderMembers(folder: UpperFolder, entry: UpperEntry, walk: Walk): Generator<TarMember> {
  using inner = folder.open(entry);
  if (!inner || isMadeForMounts(inner, entry, folder)) return;
  yield* fileMember(entry, walk.links);
  if (isOpaque(entry.path)) yield opaque(entry);
  yield* membersIn(inner, walk);
}

// Its time says when the container was started, and nothing else of it has changed.
function isMadeForMounts(inner: UpperFolder, entry: UpperEntry, folder: UpperFolder): boolean {
  if (!inner.isOnlyPlaces()) return false;
  const below = folder.below(entry.base);
  return !below || !differs(entry, below);
}

function leaveOut({name}: UpperEntry, {onLeftOut}: Walk, why: string): void {
  onLeftOut(`/${toText(name)}`, why);
}

function whiteout(folder: ByteString, base: ByteString): TarMember {
  return {entry: {type: 'file', name: joinPath(folder, whiteoutPrefix + base), mode: 0o600, mtime: epoch}};
}

function opaque({name, stat}: UpperEntry): TarMember {
  const entry: NewTarEntry = {
    type: 'file',
    name: joinPath(name, opaqueMarker),
    mode: Number(stat.mode & 0o777n),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtime: epoch,
  };
  return {entry};
}
