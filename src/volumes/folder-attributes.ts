// Owner, mode, xattrs and times of one folder, to be put on another.
import {chmodSync, chownSync, lstatSync} from 'node:fs';
import {getXattr, listXattrs, setTimes, setXattr, type Timespec} from '../system/libc.ts';

export interface FolderAttributes {
  uid: number;
  gid: number;
  mode: number;
  xattrs: {name: string; value: Buffer}[];
  atime: Timespec;
  mtime: Timespec;
}

/** Of a real folder; a final '/.' makes a link to one do as well. */
export function readFolderAttributes(folder: string): FolderAttributes {
  const stat = lstatSync(folder, {bigint: true});
  return {
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mode: Number(stat.mode & 0o7777n),
    xattrs: listXattrs(folder).map((name) => ({name, value: getXattr(folder, name)})),
    atime: timespec(stat.atimeNs),
    mtime: timespec(stat.mtimeNs),
  };
}

export function setFolderAttributes(folder: string, attributes: FolderAttributes): void {
  chownSync(folder, attributes.uid, attributes.gid);
  for (const {name, value} of attributes.xattrs) setXattr(folder, name, value);
  // After chown, which drops set-id bits; before the times, which nothing may touch afterwards.
  chmodSync(folder, attributes.mode);
  setTimes(folder, attributes.atime, attributes.mtime);
}

function timespec(nanoseconds: bigint): Timespec {
  const rest = ((nanoseconds % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return {seconds: (nanoseconds - rest) / 1_000_000_000n, nanoseconds: Number(rest)};
}
