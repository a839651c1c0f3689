// What the manifest of a layer says of one entry, taken from the disk: all that must be as it was when the layer was made.
import {type BigIntStats, readlinkSync} from 'node:fs';
import {deviceNumbers} from '../system/device-numbers.ts';
import {getXattr, listXattrs} from '../system/libc.ts';
import {toByteString} from './byte-string.ts';
import {splitPath} from './layer-name.ts';
import type {WalkedEntry} from './layer-walk.ts';
import {escapeName} from './mtree.ts';

/** The line but for its last keyword, the digest of a file's content. */
export function entryLine(entry: WalkedEntry, {withXattrs}: {withXattrs: boolean}): string {
  const {name, path, stat} = entry;
  const type = typeOf(stat);
  const base = name === '' ? '.' : escapeName(splitPath(name).base);
  let line = `${base} type=${type} mode=${octal(stat.mode)} uid=${stat.uid} gid=${stat.gid} time=${timeOf(stat)}`;
  if (type === 'file') line += ` size=${stat.size}`;
  else if (type === 'link') line += ` link=${escapeName(readlinkSync(path, 'latin1'))}`;
  else if (type === 'char' || type === 'block') line += ` device=linux,${deviceOf(stat)}`;
  return withXattrs ? line + xattrsOf(path) : line;
}

export function typeOf(stat: BigIntStats): string {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'dir';
  if (stat.isSymbolicLink()) return 'link';
  if (stat.isCharacterDevice()) return 'char';
  if (stat.isBlockDevice()) return 'block';
  return stat.isFIFO() ? 'fifo' : 'socket';
}

function octal(mode: bigint): string {
  return (Number(mode) & 0o7777).toString(8).padStart(4, '0');
}

function timeOf({mtimeNs}: BigIntStats): string {
  const rest = ((mtimeNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return `${(mtimeNs - rest) / 1_000_000_000n}.${rest.toString().padStart(9, '0')}`;
}

function deviceOf({rdev}: BigIntStats): string {
  const {major, minor} = deviceNumbers(rdev);
  return `${major},${minor}`;
}

function xattrsOf(path: string | Buffer): string {
  const names = listXattrs(path).filter(isOfLayer).sort();
  return names
    .map((name) => ` xattr.${escapeName(toByteString(name))}=${getXattr(path, name).toString('base64')}`)
    .join('');
}

// The machine adds its own in the other name spaces: labels of its policy, measurements, what a default ACL hands down.
function isOfLayer(name: string): boolean {
  return name.startsWith('user.') || name.startsWith('trusted.') || name === 'security.capability';
}
