// From the bytes of a tar archive, in pieces of any size, to entries: extended headers (pax x and g, GNU L and K)
// and sparse maps are read here and never reach the sink. Touches no file.
//
// Follows Go's archive/tar, and so Docker, where archives are ambiguous: an archive may end at any header without
// its two zero blocks, what follows them is ignored, and links, folders and devices have no data whatever their
// size says.
import type {Timespec} from '../system/libc.ts';
import type {ByteString} from './byte-string.ts';
import {invalid, quote} from './layer-fault.ts';
import {applyPaxRecords, type PaxOverrides, parsePaxRecords} from './pax-records.ts';
import {checkSparseMap, readOldRuns, type SparseMap, SparseMapInData, type SparseRun} from './sparse-map.ts';
import {blockBytes, decodeHeader, numberField, paddingOf, type TarHeader} from './tar-header.ts';

export type TarEntryType =
  | 'file'
  | 'folder'
  | 'hard-link'
  | 'symbolic-link'
  | 'character-device'
  | 'block-device'
  | 'fifo';

export interface TarEntry {
  type: TarEntryType;
  /** As archived: may be absolute, end in '/' or hold '..'. */
  name: ByteString;
  linkName: ByteString;
  /** Permissions with the set-id and sticky bits. */
  mode: number;
  uid: number;
  gid: number;
  mtime: Timespec;
  atime: Timespec | undefined;
  major: number;
  minor: number;
  xattrs: ReadonlyMap<ByteString, Buffer>;
  /** Bytes that `data` will be given. */
  dataBytes: number;
  sparse: SparseMap | undefined;
}

/** Takes what a TarReader finds: for each entry `entry`, for files then `data` in pieces, then `entryEnd`. */
export interface TarSink {
  entry(entry: TarEntry): void;
  /** `bytes` are only valid during the call. */
  data(bytes: Buffer): void;
  entryEnd(): void;
}

const maxExtendedHeaderBytes = 1024 * 1024;
const maxNameBytes = 4096;

type State = 'header' | 'extended' | 'sparse-blocks' | 'sparse-map' | 'data' | 'padding' | 'ended';

const entryTypes = new Map<string, TarEntryType>([
  ['0', 'file'],
  ['\0', 'file'],
  ['7', 'file'],
  ['S', 'file'],
  ['1', 'hard-link'],
  ['2', 'symbolic-link'],
  ['3', 'character-device'],
  ['4', 'block-device'],
  ['5', 'folder'],
  ['6', 'fifo'],
]);

const noXattrs: ReadonlyMap<ByteString, Buffer> = new Map();

/** Push parser: `write` every piece, then `finish`. Both throw LayerFault, and what the sink throws. */
export class TarReader {
  readonly #sink: TarSink;
  #state: State = 'header';
  /** Bytes of the current data, extended header or padding that are still to come. */
  #remaining = 0;
  #padding = 0;
  /** The start of a block whose end is in the next piece. */
  readonly #partial = Buffer.alloc(blockBytes);
  #partialBytes = 0;
  #sawZeroBlock = false;
  /** The extended header being collected, and its type: x, g, L or K. */
  #extended = Buffer.alloc(0);
  #extendedType = '';
  #global: PaxOverrides = {};
  #local: PaxOverrides | undefined;
  #longName: ByteString | undefined;
  #longLinkName: ByteString | undefined;
  /** The entry whose sparse map is being read. */
  #header: TarHeader | undefined;
  #runs: SparseRun[] = [];
  #realSize = 0;
  #mapInData = new SparseMapInData();

  constructor(sink: TarSink) {
    this.#sink = sink;
  }

  write(piece: Buffer): void {
    for (let at = 0; at < piece.length && this.#state !== 'ended'; ) at += this.#take(piece, at);
  }

  /**
   * Leaves out what is to come of an entry's data, whose end the sink is told at once. Returns how many bytes of the archive are
   * not to be written.
   */
  skipData(): number {
    if (this.#state !== 'data' && this.#state !== 'padding') return 0;
    const bytes = this.#remaining + this.#padding;
    this.#remaining = 0;
    this.#padding = 0;
    if (this.#state === 'data') this.#endEntry();
    this.#state = 'header';
    return bytes;
  }

  /** True when what follows is no part of the archive. */
  get hasEnded(): boolean {
    return this.#state === 'ended';
  }

  /** Throws LayerFault when the archive stops anywhere but between two entries. */
  finish(): void {
    if (this.#state === 'ended') return;
    // As GNU tar: what comes after the last whole block is not looked at, but it has to be a block's worth.
    if (this.#state === 'header' && this.#partialBytes === 0) {
      if (this.#local ?? this.#longName ?? this.#longLinkName)
        throw invalid('the archive ends after an extended header');
      return;
    }
    if (this.#state === 'padding') return;
    throw invalid('the archive is cut short');
  }

  /** Handles some of `piece` from `at`; returns how much. */
  #take(piece: Buffer, at: number): number {
    switch (this.#state) {
      case 'header':
      case 'sparse-blocks':
      case 'sparse-map':
        return this.#takeBlock(piece, at);
      case 'extended': {
        const count = Math.min(this.#remaining, piece.length - at);
        piece.copy(this.#extended, this.#extended.length - this.#remaining, at, at + count);
        this.#remaining -= count;
        if (this.#remaining === 0) this.#endExtended();
        return count;
      }
      case 'data': {
        const count = Math.min(this.#remaining, piece.length - at);
        this.#sink.data(piece.subarray(at, at + count));
        this.#remaining -= count;
        if (this.#remaining === 0) this.#endEntry();
        return count;
      }
      case 'padding': {
        const count = Math.min(this.#padding, piece.length - at);
        this.#padding -= count;
        if (this.#padding === 0) this.#state = 'header';
        return count;
      }
      case 'ended':
        return piece.length - at;
    }
  }

  #takeBlock(piece: Buffer, at: number): number {
    if (this.#partialBytes === 0 && piece.length - at >= blockBytes) {
      this.#block(piece.subarray(at, at + blockBytes));
      return blockBytes;
    }
    const count = Math.min(blockBytes - this.#partialBytes, piece.length - at);
    piece.copy(this.#partial, this.#partialBytes, at, at + count);
    this.#partialBytes += count;
    if (this.#partialBytes === blockBytes) {
      this.#partialBytes = 0;
      this.#block(this.#partial);
    }
    return count;
  }

  #block(block: Buffer): void {
    if (this.#state === 'sparse-blocks') this.#oldSparseBlock(block);
    else if (this.#state === 'sparse-map') this.#sparseMapBlock(block);
    else if (isZero(block)) {
      if (this.#sawZeroBlock) this.#state = 'ended';
      this.#sawZeroBlock = true;
    } else if (this.#sawZeroBlock) throw invalid('a zero block is followed by another header');
    else this.#headerBlock(decodeHeader(block), block);
  }

  #headerBlock(header: TarHeader, block: Buffer): void {
    const {type, size} = header;
    if (type === 'x' || type === 'g' || type === 'L' || type === 'K') {
      if (size > maxExtendedHeaderBytes)
        throw invalid(`an extended header has ${size} bytes, more than 1 MiB`);
      this.#extended = Buffer.alloc(size);
      this.#extendedType = type;
      this.#remaining = size;
      this.#padding = paddingOf(size);
      this.#state = 'extended';
      if (size === 0) this.#endExtended();
      return;
    }
    if (!entryTypes.has(type)) throw invalid(`${quote(header.name)} is of an unknown type, ${quote(type)}`);
    this.#header = header;
    const sparse = this.#local?.sparse;
    if (type === 'S') {
      this.#realSize = numberField(block, 483, 12);
      this.#runs = readOldRuns(block, 386, 4);
      if (block[482]) this.#state = 'sparse-blocks';
      else this.#startSparse(0);
    } else if (sparse && entryTypes.get(type) === 'file') {
      this.#realSize = sparse.realSize;
      this.#runs = sparse.mapIsInData ? [] : sparse.runs();
      this.#mapInData = new SparseMapInData();
      if (sparse.mapIsInData) this.#state = 'sparse-map';
      else this.#startSparse(0);
    } else this.#startEntry(undefined, 0);
  }

  #endExtended(): void {
    const data = this.#extended;
    const type = this.#extendedType;
    this.#extended = Buffer.alloc(0);
    this.#state = this.#padding === 0 ? 'header' : 'padding';
    if (type === 'L') this.#longName = longName(data);
    else if (type === 'K') this.#longLinkName = longName(data);
    else if (type === 'g') {
      const records = parsePaxRecords(data);
      applyPaxRecords(this.#global, records, 'global');
    } else {
      this.#local = {...this.#global};
      applyPaxRecords(this.#local, parsePaxRecords(data), 'local');
    }
  }

  // An extension of an old GNU sparse map: 21 runs, and whether another one follows.
  #oldSparseBlock(block: Buffer): void {
    this.#runs.push(...readOldRuns(block, 0, 21));
    if (this.#runs.length > 65536) throw invalid('a sparse map is too long');
    if (!block[504]) this.#startSparse(0);
  }

  #sparseMapBlock(block: Buffer): void {
    const map = this.#mapInData.add(block);
    if (!map) return;
    this.#runs = map.runs;
    this.#startSparse(map.bytes);
  }

  /** `mapBytes`: how much of the entry's data was its map. */
  #startSparse(mapBytes: number): void {
    const map = {runs: this.#runs, realSize: this.#realSize};
    this.#runs = [];
    this.#startEntry(map, mapBytes);
  }

  #startEntry(sparse: SparseMap | undefined, mapBytes: number): void {
    const header = this.#header;
    if (!header) throw new Error('an entry without its header');
    const overrides = this.#local ?? this.#global;
    const name = this.#longName ?? overrides.sparse?.name ?? overrides.name ?? header.name;
    const linkName = this.#longLinkName ?? overrides.linkName ?? header.linkName;
    if (name.length > maxNameBytes || linkName.length > maxNameBytes) {
      throw invalid(`a name has ${Math.max(name.length, linkName.length)} bytes, more than ${maxNameBytes}`);
    }
    const type = this.#typeOf(header, name);
    const dataBytes = type === 'file' ? (overrides.size ?? header.size) - mapBytes : 0;
    if (dataBytes < 0) throw invalid(`${quote(name)}: its sparse map is longer than its data`);
    this.#local = undefined;
    this.#longName = undefined;
    this.#longLinkName = undefined;
    this.#header = undefined;
    this.#remaining = dataBytes;
    this.#padding = paddingOf(dataBytes);
    this.#state = 'data';
    this.#sink.entry({
      type,
      name,
      linkName,
      mode: header.mode & 0o7777,
      uid: overrides.uid ?? header.uid,
      gid: overrides.gid ?? header.gid,
      mtime: overrides.mtime ?? {seconds: BigInt(Math.floor(header.mtimeSeconds)), nanoseconds: 0},
      atime: overrides.atime,
      major: header.major,
      minor: header.minor,
      xattrs: overrides.xattrs ?? noXattrs,
      dataBytes,
      sparse: sparse && checkSparseMap(sparse, dataBytes),
    });
    if (dataBytes === 0) this.#endEntry();
  }

  // Before ustar there was no type for folders: a regular file whose name ends in '/' is one.
  #typeOf(header: TarHeader, name: ByteString): TarEntryType {
    const type = entryTypes.get(header.type) ?? 'file';
    return type === 'file' && name.endsWith('/') ? 'folder' : type;
  }

  #endEntry(): void {
    this.#state = this.#padding === 0 ? 'header' : 'padding';
    this.#sink.entryEnd();
  }
}

// GNU tar ends long names with a NUL; Go stops at the first.
function longName(data: Buffer): ByteString {
  const nul = data.indexOf(0);
  const name = data.toString('latin1', 0, nul < 0 ? data.length : nul);
  if (name === '') throw invalid('a long name is empty');
  return name;
}

const zeroBlock = Buffer.alloc(blockBytes);

function isZero(block: Buffer): boolean {
  return block[0] === 0 && zeroBlock.equals(block);
}
