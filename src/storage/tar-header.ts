// One 512-byte header block of a tar archive: v7, ustar, pax and GNU layouts are read, ustar is written. The `tar`
// package's Header checks the sum and decodes the common fields; names stay bytes, and what it leaves out (device
// numbers of GNU headers, sparse maps) is read here. Knows nothing of the entries before and after.
import {Header} from 'tar/header';
import {type ByteString, readField} from './byte-string.ts';
import {invalid, quote} from './layer-fault.ts';

export const blockBytes = 512;

/** A header as it stands in the archive, before the extended headers in front of it are applied. */
export interface TarHeader {
  /** The type flag: one character, '\0' for a v7 regular file. */
  type: string;
  name: ByteString;
  linkName: ByteString;
  mode: number;
  uid: number;
  gid: number;
  /** Bytes of data that follow in the archive. */
  size: number;
  /** Seconds since 1970; may be negative. */
  mtimeSeconds: number;
  major: number;
  minor: number;
}

/** Decodes a block that is not all zeros. Throws LayerFault. */
export function decodeHeader(block: Buffer): TarHeader {
  const header = parse(block);
  if (!header.cksumValid && signedSum(block) !== header.cksum)
    throw invalid('the checksum of a header is wrong');
  const name = readName(block);
  return {
    type: block.toString('latin1', 156, 157),
    name,
    linkName: readField(block, 157, 257),
    mode: header.mode ?? blank(block, 100, 8, name),
    uid: header.uid ?? blank(block, 108, 8, name),
    gid: header.gid ?? blank(block, 116, 8, name),
    // Header calls it a folder, of size 0, when the name ends in '/': that may be a long name's first 100 bytes.
    size: numberField(block, 124, 12),
    mtimeSeconds: header.mtime ? header.mtime.getTime() / 1000 : blank(block, 136, 12, name),
    major: isV7(block) ? 0 : numberField(block, 329, 8),
    minor: isV7(block) ? 0 : numberField(block, 337, 8),
  };
}

function parse(block: Buffer): Header {
  try {
    return new Header(block);
  } catch (error) {
    throw invalid(`a number in a header cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

// Early writers summed the bytes as signed characters, which differs for names that are not ASCII.
function signedSum(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let index = 0; index < blockBytes; index++) {
    if (index < 148 || index >= 156) sum += block.readInt8(index);
  }
  return sum;
}

// GNU headers ('ustar  \0') use the place of the prefix for other fields.
function readName(block: Buffer): ByteString {
  const name = readField(block, 0, 100);
  if (block.toString('latin1', 257, 263) !== 'ustar\0') return name;
  const prefix = readField(block, 345, 500);
  return prefix === '' ? name : `${prefix}/${name}`;
}

function isV7(block: Buffer): boolean {
  return block.toString('latin1', 257, 262) !== 'ustar';
}

// Header gives no number for a field that is blank, which counts as 0, and for one that it cannot read.
function blank(block: Buffer, start: number, length: number, name: ByteString): number {
  const text = block.toString('latin1', start, start + length);
  if (/^[ \0]*$/.test(text)) return 0;
  throw invalid(`a number in the header of ${quote(name)} cannot be read`);
}

/** A number of a header: octal digits, or base-256 when the first bit is set. Throws LayerFault. */
export function numberField(block: Buffer, start: number, length: number): number {
  const first = block[start] ?? 0;
  if (first & 0x80) return base256(block.subarray(start, start + length));
  const digits = readField(block, start, start + length).trim();
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits)) throw invalid('a number in a header is not octal');
  return Number.parseInt(digits, 8);
}

// Big-endian two's complement whose topmost bit is the marker, so bit 6 of the first byte is the sign.
function base256(bytes: Buffer): number {
  const value = BigInt.asIntN(bytes.length * 8 - 1, BigInt(`0x${bytes.toString('hex')}`));
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER))
    throw invalid('a number in a header is out of range');
  return Number(value);
}

/** A name longer than this, or one that is not ASCII, does not fit a header. */
export const maxHeaderName = 99;
/** Of owners and device numbers. */
export const maxHeaderId = 0o7777777;
/** Of sizes and times, in bytes and seconds. */
export const maxHeaderSize = 0o77777777777;

/** The type flags of entries that are written: of the kinds of file, and of a pax extended header. */
export type WrittenFlag = '0' | '1' | '2' | '3' | '4' | '5' | '6' | 'x';

/** A ustar block. The caller has put what does not fit one in extended headers. Owners have numbers, no names. */
export function encodeHeader(fields: TarHeader & {type: WrittenFlag}): Buffer {
  const {type, name, linkName, mode, uid, gid, size, mtimeSeconds, major, minor} = fields;
  const block = Buffer.alloc(blockBytes);
  const header = new Header({
    path: name,
    linkpath: linkName,
    mode,
    uid,
    gid,
    size,
    mtime: new Date(mtimeSeconds * 1000),
    devmaj: major,
    devmin: minor,
  });
  header.type = type;
  header.encode(block);
  return block;
}

/** Bytes between the end of an entry's data and the next block. */
export function paddingOf(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}
