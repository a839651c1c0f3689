// Entries to the bytes of a tar archive: the mirror of tar-reader.ts. Each entry is one ustar header, with a pax
// extended header in front of it only where that cannot say all. The same entries give the same bytes. Touches no file.
import type {Timespec} from '../system/libc.ts';
import type {ByteString} from './byte-string.ts';
import {splitPath} from './layer-name.ts';
import {encodePaxRecords, formatPaxTime, type PaxRecord, xattrRecord} from './pax-records.ts';
import {
  blockBytes,
  encodeHeader,
  maxHeaderId,
  maxHeaderName,
  maxHeaderSize,
  paddingOf,
  type WrittenFlag,
} from './tar-header.ts';
import type {TarEntryType} from './tar-reader.ts';

/** What is to be said of one file. The absent fields are 0 or empty. */
export interface NewTarEntry {
  type: TarEntryType;
  /** Relative, without a '/' at its end; '' is the folder that the archive is of. */
  name: ByteString;
  /** Of a hard link, relative as `name`; of a symbolic one, as it is. */
  linkName?: ByteString;
  /** Permissions with the set-id and sticky bits. */
  mode: number;
  uid?: number;
  gid?: number;
  mtime: Timespec;
  major?: number;
  minor?: number;
  /** Written by name, in the order of its bytes. */
  xattrs?: ReadonlyMap<ByteString, Buffer>;
  /** Of a file: how much `data` will be. */
  dataBytes?: number;
}

export interface TarMember {
  entry: NewTarEntry;
  /** In pieces, taken one by one: only one needs to be in memory. */
  data?: Iterable<Buffer>;
}

const pieceBytes = 256 * 1024;

/**
 * The archive of these members, in their order and with the two blocks that end it, in pieces that the caller may keep.
 * Lazy: a member is asked for when the piece that it begins in is. Throws what `members` throws.
 */
export function* writeTar(members: Iterable<TarMember>): Generator<Buffer> {
  let piece = Buffer.allocUnsafeSlow(pieceBytes);
  let filled = 0;
  for (const bytes of blocksOf(members)) {
    for (let at = 0; at < bytes.length; ) {
      const count = bytes.copy(piece, filled, at);
      at += count;
      filled += count;
      if (filled < pieceBytes) continue;
      yield piece;
      piece = Buffer.allocUnsafeSlow(pieceBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}

const zeros = Buffer.alloc(2 * blockBytes);

function* blocksOf(members: Iterable<TarMember>): Generator<Buffer> {
  for (const {entry, data = []} of members) {
    const {dataBytes = 0} = entry;
    yield encodeEntry(entry);
    let written = 0;
    for (const bytes of data) {
      yield bytes;
      written += bytes.length;
    }
    if (written !== dataBytes) throw new Error(`${entry.name} has ${written} bytes and not ${dataBytes}`);
    yield zeros.subarray(0, paddingOf(dataBytes));
  }
  yield zeros;
}

const flags: Record<TarEntryType, WrittenFlag> = {
  file: '0',
  'hard-link': '1',
  'symbolic-link': '2',
  'character-device': '3',
  'block-device': '4',
  folder: '5',
  fifo: '6',
};

/** The blocks in front of an entry's data. */
export function encodeEntry(entry: NewTarEntry): Buffer {
  const {uid = 0, gid = 0, linkName = '', dataBytes = 0, mtime} = entry;
  // As every tar program writes folders.
  const name = entry.type === 'folder' ? `${entry.name || '.'}/` : entry.name;
  const records = recordsFor(entry, name);
  const has = new Set(records.map(({key}) => key));
  const header = encodeHeader({
    type: flags[entry.type],
    name: has.has('path') ? shorten(name) : name,
    linkName: has.has('linkpath') ? shorten(linkName) : linkName,
    mode: entry.mode,
    uid: has.has('uid') ? 0 : uid,
    gid: has.has('gid') ? 0 : gid,
    size: has.has('size') ? 0 : dataBytes,
    mtimeSeconds: Number(clampTime(mtime.seconds)),
    major: entry.major ?? 0,
    minor: entry.minor ?? 0,
  });
  return records.length === 0 ? header : Buffer.concat([extendedHeader(name, records), header]);
}

function recordsFor(
  {uid = 0, gid = 0, linkName = '', dataBytes = 0, ...entry}: NewTarEntry,
  name: ByteString,
) {
  const records: PaxRecord[] = [];
  const add = (key: string, value: ByteString) => records.push({key, value: Buffer.from(value, 'latin1')});
  if (!fitsHeader(name)) add('path', name);
  if (!fitsHeader(linkName)) add('linkpath', linkName);
  if (uid > maxHeaderId) add('uid', String(uid));
  if (gid > maxHeaderId) add('gid', String(gid));
  if (dataBytes > maxHeaderSize) add('size', String(dataBytes));
  const {mtime} = entry;
  if (mtime.nanoseconds !== 0 || clampTime(mtime.seconds) !== mtime.seconds)
    add('mtime', formatPaxTime(mtime));
  for (const [xattr, value] of [...(entry.xattrs ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)))
    records.push(xattrRecord(xattr, value));
  return records;
}

// What a reader without pax would see: seconds, within what the field holds.
function clampTime(seconds: bigint): bigint {
  const max = BigInt(maxHeaderSize);
  return seconds < 0n ? 0n : seconds > max ? max : seconds;
}

function fitsHeader(name: ByteString): boolean {
  return name.length <= maxHeaderName && !/[\u0080-\u00ff]/.test(name);
}

// Read by nothing that knows pax. No slash at its end, which would make a folder of a file.
function shorten(name: ByteString): ByteString {
  return name
    .replace(/[\u0080-\u00ff]/g, '_')
    .slice(0, maxHeaderName)
    .replace(/\/+$/, '');
}

function extendedHeader(name: ByteString, records: readonly PaxRecord[]): Buffer {
  const data = encodePaxRecords(records);
  const {folder, base} = splitPath(name.replace(/\/$/, ''));
  const header = encodeHeader({
    type: 'x',
    name: shorten(folder === '' ? `PaxHeaders.0/${base}` : `${folder}/PaxHeaders.0/${base}`),
    linkName: '',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: data.length,
    mtimeSeconds: 0,
    major: 0,
    minor: 0,
  });
  return Buffer.concat([header, data, zeros.subarray(0, paddingOf(data.length))]);
}
