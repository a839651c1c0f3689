// Makes layer archives byte by byte, so that a test can say exactly what is in one: also what no tar program writes.
import {createHash} from 'node:crypto';
import {gzipSync, zstdCompressSync} from 'node:zlib';

export interface LayerEntry {
  /** At most 100 bytes in the header; a longer one needs `pax` or `gnuLongName`, which are added when it is. */
  name: string | Buffer;
  /** Default 'file', or 'folder' for a name that ends in '/'. */
  type?: EntryType;
  content?: string | Buffer;
  linkName?: string | Buffer;
  mode?: number;
  uid?: number;
  gid?: number;
  /** Seconds since 1970. */
  mtime?: number;
  major?: number;
  minor?: number;
  /** Records of a pax extended header in front of the entry; a list where a key repeats. */
  pax?: Record<string, string | Buffer> | [string, string | Buffer][];
  xattrs?: Record<string, string | Buffer>;
  /** 'ustar' (default), 'gnu' or 'v7'. */
  format?: 'ustar' | 'gnu' | 'v7';
  /** Long names in GNU's L and K entries instead of pax records. */
  gnuLongName?: boolean;
  /** Last change of the header, before its checksum is computed. */
  edit?: (header: Buffer) => void;
  /** Blocks between the header and the data, such as the extension of a sparse map. */
  extension?: Buffer;
}

export type EntryType = keyof typeof flags | {flag: string};

const flags = {
  file: '0',
  'hard-link': '1',
  'symbolic-link': '2',
  'character-device': '3',
  'block-device': '4',
  folder: '5',
  fifo: '6',
  contiguous: '7',
  'gnu-sparse': 'S',
  'pax-global': 'g',
  'v7-file': '\0',
};

export interface TestLayer {
  tar: Buffer;
  /** `tar`, compressed. */
  blob: Buffer;
  digest: `sha256:${string}`;
  diffId: `sha256:${string}`;
  mediaType: string;
}

export interface LayerOptions {
  compression?: 'gzip' | 'zstd' | 'none';
  /** What ends the archive. Default: two zero blocks. */
  end?: Buffer;
}

const mediaTypes = {
  gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  none: 'application/vnd.oci.image.layer.v1.tar',
};

/** A layer of these entries, in order; a Buffer stands for bytes of the archive as they are. */
export function makeLayer(entries: readonly (LayerEntry | Buffer)[], options: LayerOptions = {}): TestLayer {
  const parts = entries.map((entry) => (Buffer.isBuffer(entry) ? entry : encodeEntry(entry)));
  return layerOf(Buffer.concat([...parts, options.end ?? Buffer.alloc(1024)]), options.compression);
}

/** The same for an archive that is there already. */
export function layerOf(tar: Buffer, compression: 'gzip' | 'zstd' | 'none' = 'gzip'): TestLayer {
  const blob = compression === 'gzip' ? gzipSync(tar) : compression === 'zstd' ? zstdCompressSync(tar) : tar;
  return {tar, blob, digest: sha256(blob), diffId: sha256(tar), mediaType: mediaTypes[compression]};
}

export function sha256(bytes: Uint8Array): `sha256:${string}` {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The blocks of one entry: extended headers, header, data and padding. */
export function encodeEntry(entry: LayerEntry): Buffer {
  const name = bytes(entry.name);
  const linkName = bytes(entry.linkName ?? '');
  const content = bytes(entry.content ?? '');
  const records = Array.isArray(entry.pax) ? [...entry.pax] : Object.entries(entry.pax ?? {});
  for (const [key, value] of Object.entries(entry.xattrs ?? {})) records.push([`SCHILY.xattr.${key}`, value]);
  const before: Buffer[] = [];
  if (entry.gnuLongName) {
    if (name.length > 100) before.push(encodeSpecial('L', Buffer.concat([name, Buffer.alloc(1)])));
    if (linkName.length > 100) before.push(encodeSpecial('K', Buffer.concat([linkName, Buffer.alloc(1)])));
  } else {
    const has = (key: string) => records.some(([known]) => known === key);
    if (name.length > 100 && !has('path') && !has('GNU.sparse.name')) records.push(['path', name]);
    if (linkName.length > 100 && !has('linkpath')) records.push(['linkpath', linkName]);
  }
  if (records.length > 0) before.push(encodeSpecial('x', paxData(records)));
  return Buffer.concat([
    ...before,
    encodeHeader(entry, {name, linkName, size: content.length}),
    entry.extension ?? Buffer.alloc(0),
    padded(content),
  ]);
}

/** An 'x', 'g', 'L' or 'K' entry. */
export function encodeSpecial(flag: string, data: Buffer): Buffer {
  const header = encodeHeader(
    {name: '././@Special', type: {flag}},
    {name: bytes('././@Special'), linkName: bytes(''), size: data.length},
  );
  return Buffer.concat([header, padded(data)]);
}

/** pax records: the length of each counts its own digits. */
export function paxData(records: readonly [string, string | Buffer][]): Buffer {
  return Buffer.concat(
    records.map(([key, value]) => {
      const rest = Buffer.concat([bytes(` ${key}=`), bytes(value), bytes('\n')]);
      let length = rest.length + 1;
      while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
      return Buffer.concat([bytes(String(length)), rest]);
    }),
  );
}

function encodeHeader(
  entry: LayerEntry,
  {name, linkName, size}: {name: Buffer; linkName: Buffer; size: number},
) {
  const header = Buffer.alloc(512);
  const type = entry.type ?? (name.at(-1) === 0x2f ? 'folder' : 'file');
  const isFolder = type === 'folder';
  name.copy(header, 0, 0, 100);
  writeNumber(header, 100, 8, entry.mode ?? (isFolder ? 0o755 : 0o644));
  writeNumber(header, 108, 8, entry.uid ?? 0);
  writeNumber(header, 116, 8, entry.gid ?? 0);
  writeNumber(header, 124, 12, size);
  writeNumber(header, 136, 12, entry.mtime ?? 1_000_000_000);
  header.write(typeof type === 'string' ? flags[type] : type.flag, 156, 'latin1');
  linkName.copy(header, 157, 0, 100);
  if (entry.format === 'gnu') header.write('ustar  \0', 257, 'latin1');
  else if (entry.format !== 'v7') header.write('ustar\x0000', 257, 'latin1');
  if (entry.format !== 'v7') {
    writeNumber(header, 329, 8, entry.major ?? 0);
    writeNumber(header, 337, 8, entry.minor ?? 0);
  }
  entry.edit?.(header);
  writeChecksum(header);
  return header;
}

/** Octal where it fits, else base-256, as GNU tar does. */
export function writeNumber(header: Buffer, start: number, length: number, value: number): void {
  const octal = value >= 0 ? value.toString(8) : '';
  if (value >= 0 && octal.length < length) {
    header.write(`${octal.padStart(length - 1, '0')}\0`, start, 'latin1');
    return;
  }
  let rest = BigInt(value);
  for (let at = start + length - 1; at >= start; at--) {
    header[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  header[start] = value < 0 ? 0xff : 0x80 | (header[start] ?? 0);
}

/** Unsigned sum of the header with the checksum field as blanks. */
export function writeChecksum(header: Buffer): void {
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

function bytes(text: string | Buffer): Buffer {
  return Buffer.isBuffer(text) ? text : Buffer.from(text);
}
