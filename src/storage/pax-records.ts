// The records of a pax extended header ("LENGTH KEY=VALUE\n"), read and written, and what they change in the entry that
// follows. Values stay bytes: SCHILY.xattr.* ones are binary.
import type {Timespec} from '../system/libc.ts';
import {type ByteString, toText} from './byte-string.ts';
import {invalid} from './layer-fault.ts';
import {SparseRecords} from './sparse-map.ts';

export interface PaxRecord {
  key: ByteString;
  value: Buffer;
}

/** Splits the data of an 'x' or 'g' entry, in order and with repeated keys. Throws LayerFault. */
export function parsePaxRecords(data: Buffer): PaxRecord[] {
  const records: PaxRecord[] = [];
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const digits = data.toString('latin1', at, space < 0 ? at : space);
    const end = at + Number(digits);
    if (!/^[1-9][0-9]{0,8}$/.test(digits) || end > data.length || data[end - 1] !== 0x0a) {
      // Some writers pad the data with NULs; nothing but NULs may follow the last record.
      if (data.subarray(at).every((byte) => byte === 0)) break;
      throw invalid('a pax record has a wrong length');
    }
    const equals = data.indexOf(0x3d, space);
    if (equals < 0 || equals >= end || equals === space + 1) throw invalid('a pax record has no key');
    records.push({
      key: data.toString('latin1', space + 1, equals),
      value: data.subarray(equals + 1, end - 1),
    });
    at = end;
  }
  return records;
}

/** What extended headers say about one entry. An absent field leaves what its own header says. */
export interface PaxOverrides {
  name?: ByteString;
  linkName?: ByteString;
  size?: number;
  uid?: number;
  gid?: number;
  mtime?: Timespec;
  atime?: Timespec;
  xattrs?: Map<ByteString, Buffer>;
  sparse?: SparseRecords;
}

const xattrPrefix = 'SCHILY.xattr.';

/**
 * Adds what `records` say to `overrides`. `scope` global leaves out what can only belong to one entry: its name, its
 * size and its sparse map. Throws LayerFault.
 */
export function applyPaxRecords(
  overrides: PaxOverrides,
  records: readonly PaxRecord[],
  scope: 'local' | 'global',
): void {
  for (const {key, value} of records) {
    if (key.startsWith(xattrPrefix)) addXattr(overrides, key.slice(xattrPrefix.length), value);
    else if (isPerEntry(key) && scope === 'global') continue;
    else if (key.startsWith('GNU.sparse.')) {
      overrides.sparse ??= new SparseRecords();
      overrides.sparse.add(key.slice('GNU.sparse.'.length), value.toString('latin1'));
    } else applyField(overrides, key, value.toString('latin1'));
  }
}

function isPerEntry(key: ByteString): boolean {
  return key === 'path' || key === 'linkpath' || key === 'size' || key.startsWith('GNU.sparse.');
}

// GNU tar writes '=' and '%' in an attribute's name as %3D and %25.
function addXattr(overrides: PaxOverrides, encoded: ByteString, value: Buffer): void {
  const name = encoded.replace(/%3D/g, '=').replace(/%25/g, '%');
  if (name === '' || name.includes('\0'))
    throw invalid('a pax record names an impossible extended attribute');
  // A copy: `value` is part of a buffer that is used again for the next extended header.
  overrides.xattrs = new Map(overrides.xattrs).set(name, Buffer.from(value));
}

// An empty value takes a record back (POSIX), so that the entry's own header holds again.
function applyField(overrides: PaxOverrides, key: ByteString, value: ByteString): void {
  switch (key) {
    case 'path':
      assign(overrides, 'name', value, parseName);
      break;
    case 'linkpath':
      assign(overrides, 'linkName', value, parseName);
      break;
    case 'size':
    case 'uid':
    case 'gid':
      assign(overrides, key, value, parseNumber);
      break;
    case 'mtime':
    case 'atime':
      assign(overrides, key, value, parseTime);
      break;
    // Names of owners, comments, charsets and other writers' own records change nothing that is unpacked.
  }
}

function assign<K extends keyof PaxOverrides>(
  overrides: PaxOverrides,
  key: K,
  value: ByteString,
  parse: (value: ByteString, key: string) => PaxOverrides[K],
): void {
  if (value === '') delete overrides[key];
  else overrides[key] = parse(value, key);
}

function parseName(value: ByteString): ByteString {
  if (value.includes('\0')) throw invalid('a pax record holds a name with a NUL byte');
  return value;
}

function parseNumber(value: ByteString, key: string): number {
  const number = Number(value);
  if (!/^[0-9]+$/.test(value) || !Number.isSafeInteger(number)) {
    throw invalid(`the pax record '${key}' is not a number: '${toText(value).slice(0, 40)}'`);
  }
  return number;
}

function parseTime(value: ByteString, key: string): Timespec {
  const match = /^(-?)([0-9]{1,18})(?:\.([0-9]*))?$/.exec(value);
  if (!match) throw invalid(`the pax record '${key}' is not a time: '${toText(value).slice(0, 40)}'`);
  const [, sign, whole = '0', fraction = ''] = match;
  const seconds = BigInt(whole);
  const nanoseconds = Number(fraction.slice(0, 9).padEnd(9, '0'));
  if (sign === '') return {seconds, nanoseconds};
  // -1.25 is two seconds before 1970 and three quarters on.
  return nanoseconds === 0
    ? {seconds: -seconds, nanoseconds}
    : {seconds: -seconds - 1n, nanoseconds: 1_000_000_000 - nanoseconds};
}

/** The data of an 'x' entry. The length in front of a record counts its own digits. */
export function encodePaxRecords(records: readonly PaxRecord[]): Buffer {
  return Buffer.concat(
    records.map(({key, value}) => {
      const rest = Buffer.concat([Buffer.from(` ${key}=`, 'latin1'), value, Buffer.from('\n')]);
      let digits = String(rest.length).length;
      if (String(rest.length + digits).length > digits) digits++;
      return Buffer.concat([Buffer.from(String(rest.length + digits)), rest]);
    }),
  );
}

/** The record of an extended attribute: '=' and '%' in its name as GNU tar writes them. */
export function xattrRecord(name: ByteString, value: Buffer): PaxRecord {
  return {key: xattrPrefix + name.replace(/%/g, '%25').replace(/=/g, '%3D'), value};
}

/** The value of an 'mtime' record: decimal, to the nanosecond, without zeros at its end. */
export function formatPaxTime({seconds, nanoseconds}: Timespec): string {
  if (nanoseconds === 0) return String(seconds);
  const isBefore1970 = seconds < 0n;
  const whole = isBefore1970 ? -seconds - 1n : seconds;
  const fraction = isBefore1970 ? 1_000_000_000 - nanoseconds : nanoseconds;
  return `${isBefore1970 ? '-' : ''}${whole}.${String(fraction).padStart(9, '0').replace(/0+$/, '')}`;
}
