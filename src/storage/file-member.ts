// One file of a tree as a member of an archive: exact in owner, mode, time and attributes. What changes or goes while it is
// read does no harm: a file has as many bytes as its header said.
import {type BigIntStats, closeSync, constants, fstatSync, openSync, readlinkSync, readSync} from 'node:fs';
import {EngineError, errnoOf} from '../errors.ts';
import {deviceNumbers} from '../system/device-numbers.ts';
import {getXattr, listXattrs, O} from '../system/libc.ts';
import {type ByteString, toByteString} from './byte-string.ts';
import {quote} from './layer-fault.ts';
import {toTimespec} from './layer-finish.ts';
import {isHonoured} from './layer-xattrs.ts';
import {isGone} from './open-folder.ts';
import type {TarEntryType} from './tar-reader.ts';
import type {NewTarEntry, TarMember} from './tar-writer.ts';

/** Of files that have several names: under which one they were archived, by device and inode. */
export type ArchivedLinks = Map<string, ByteString>;

const bufferBytes = 256 * 1024;

/**
 * The member for what is at `path`, under `name`: a generator of one, or of none for a socket and for what is gone, so that
 * the file is open only while its member is in use. A file that `links` has is a hard link. Throws EngineError
 * 'not-supported' for a file whose content the overlay keeps elsewhere.
 */
export function* fileMember(
  {path, name, stat}: {path: string | Buffer; name: ByteString; stat: BigIntStats},
  links: ArchivedLinks,
): Generator<TarMember> {
  const type = typeOf(stat);
  if (type === undefined) return;
  try {
    if (type === 'file') yield* regularFile({path, name}, links);
    else yield linkOr(links, stat, {...describeFile(path, name, stat), type, ...detailsOf(type, path, stat)});
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function typeOf(stat: BigIntStats): TarEntryType | undefined {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'folder';
  if (stat.isSymbolicLink()) return 'symbolic-link';
  if (stat.isCharacterDevice()) return 'character-device';
  if (stat.isBlockDevice()) return 'block-device';
  return stat.isFIFO() ? 'fifo' : undefined;
}

/** What any entry says of its file. */
export function describeFile(path: string | Buffer, name: ByteString, stat: BigIntStats) {
  return {
    name,
    mode: Number(stat.mode & 0o7777n),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtime: toTimespec(stat.mtimeNs),
    xattrs: readXattrs(path, name),
  };
}

function detailsOf(type: TarEntryType, path: string | Buffer, {rdev}: BigIntStats): Partial<NewTarEntry> {
  if (type === 'symbolic-link') return {linkName: readlinkSync(path, 'latin1')};
  return type === 'character-device' || type === 'block-device' ? deviceNumbers(rdev) : {};
}

/** The member, or a hard link to the name that this file was archived by. */
export function linkOr(links: ArchivedLinks, stat: BigIntStats, entry: NewTarEntry): TarMember {
  if (stat.nlink < 2n || stat.isDirectory()) return {entry};
  const key = `${stat.dev}:${stat.ino}`;
  const linkName = links.get(key);
  if (linkName === undefined) {
    links.set(key, entry.name);
    return {entry};
  }
  const {name, mode, uid, gid, mtime} = entry;
  return {entry: {type: 'hard-link', name, linkName, mode, uid: uid ?? 0, gid: gid ?? 0, mtime}};
}

function* regularFile(
  {path, name}: {path: string | Buffer; name: ByteString},
  links: ArchivedLinks,
): Generator<TarMember> {
  const fd = openRegular(path);
  if (fd === undefined) return;
  try {
    const stat = fstatSync(fd, {bigint: true});
    const dataBytes = Number(stat.size);
    const member = linkOr(links, stat, {...describeFile(path, name, stat), type: 'file', dataBytes});
    yield member.entry.type === 'file' ? {...member, data: readData(fd, dataBytes)} : member;
  } finally {
    closeSync(fd);
  }
}

/** Undefined for what is no regular file. In two steps: the mere opening of a device that has taken its place could act. */
export function openRegular(path: string | Buffer): number | undefined {
  const handle = openSync(path, O.path | constants.O_NOFOLLOW);
  try {
    return fstatSync(handle).isFile() ? openSync(`/proc/self/fd/${handle}`, 'r') : undefined;
  } finally {
    closeSync(handle);
  }
}

/** So many bytes of an open file; zeros in place of those that are there no more. A piece is good until the next. */
export function* readData(fd: number, dataBytes: number, start = 0): Generator<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.min(bufferBytes, dataBytes));
  for (let at = 0; at < dataBytes; ) {
    const wanted = Math.min(buffer.length, dataBytes - at);
    const count = readSync(fd, buffer, 0, wanted, start + at);
    if (count === 0) buffer.fill(0, 0, wanted);
    yield buffer.subarray(0, count || wanted);
    at += count || wanted;
  }
}

// What is the machine's own, or the overlay's, is not the file's (layer-xattrs.ts says what an image may hold).
function readXattrs(path: string | Buffer, name: ByteString): Map<ByteString, Buffer> {
  const xattrs = new Map<ByteString, Buffer>();
  for (const xattr of xattrNames(path)) {
    if (xattr === 'trusted.overlay.redirect' || xattr === 'trusted.overlay.metacopy') throw isElsewhere(name);
    if (!isHonoured(xattr)) continue;
    try {
      xattrs.set(xattr, getXattr(path, xattr));
    } catch (error) {
      if (errnoOf(error) !== 'ENODATA') throw error;
    }
  }
  return xattrs;
}

function xattrNames(path: string | Buffer): ByteString[] {
  try {
    return listXattrs(path).map(toByteString);
  } catch (error) {
    if (errnoOf(error) === 'EOPNOTSUPP' || errnoOf(error) === 'ENOTSUP') return [];
    throw error;
  }
}

// crundle mounts with metacopy=off and redirect_dir=nofollow: another program has mounted the folder, or made the file.
function isElsewhere(name: ByteString): EngineError {
  return new EngineError(
    'not-supported',
    `cannot archive ${quote(name)}: an overlay that was mounted with metacopy or redirect_dir keeps its content elsewhere`,
    {hint: 'copy what is needed into another container, and use that one'},
  );
}
