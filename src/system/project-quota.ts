// Project quotas of ext4 and xfs: what the files of a folder may take on disk together. A project is a number that files
// inherit from their folder.
import {closeSync, constants, openSync} from 'node:fs';
import {ioctl, quotactl} from './libc.ts';

// linux/fs.h: _IOR and _IOW of 'X', 31 and 32, with struct fsxattr.
const FS_IOC_FSGETXATTR = 0x801c581fn;
const FS_IOC_FSSETXATTR = 0x401c5820n;
const FS_XFLAG_PROJINHERIT = 0x200;
const fsxattr = {bytes: 28, xflags: 0, projectId: 12} as const;

// linux/quota.h: QCMD of Q_GETQUOTA and Q_SETQUOTA, whose format xfs takes as well.
const PRJQUOTA = 2;
const Q_GETQUOTA = 0x80000700 + PRJQUOTA;
const Q_SETQUOTA = 0x80000800 + PRJQUOTA;
const QIF_BLIMITS = 1;
const dqblk = {bytes: 72, hardLimit: 0, softLimit: 8, usedBytes: 16, valid: 64} as const;

/** Limits are kept in these. */
const blockBytes = 1024;

export interface ProjectUse {
  usedBytes: number;
  /** 0: none. */
  limitBytes: number;
}

/** The project of a folder's new files; 0 is none. Throws LibcError: ENOTTY where there are no projects. */
export function projectOf(folder: string): number {
  return withFolder(folder, (fd) => readAttributes(fd).readUInt32LE(fsxattr.projectId));
}

/** Puts an empty folder, and all that will be made in it, into a project. Idempotent. Throws LibcError. */
export function setProject(folder: string, project: number): void {
  withFolder(folder, (fd) => {
    const attributes = readAttributes(fd);
    attributes.writeUInt32LE(attributes.readUInt32LE(fsxattr.xflags) | FS_XFLAG_PROJINHERIT, fsxattr.xflags);
    attributes.writeUInt32LE(project, fsxattr.projectId);
    ioctl(fd, FS_IOC_FSSETXATTR, attributes);
  });
}

/** What a project uses on the file system of `folder`. Throws LibcError: ENOSYS, ESRCH where quotas are not on. */
export function projectUse(folder: string, project: number): ProjectUse {
  const data = Buffer.alloc(dqblk.bytes);
  withFolder(folder, (fd) => quotactl(fd, Q_GETQUOTA, project, data));
  return {
    usedBytes: Number(data.readBigUInt64LE(dqblk.usedBytes)),
    limitBytes: Number(data.readBigUInt64LE(dqblk.hardLimit)) * blockBytes,
  };
}

/** Sets what a project may use there, rounded up to a kilobyte; 0 lifts the limit. Throws LibcError as projectUse. */
export function limitProject(folder: string, project: number, bytes: number): void {
  const data = Buffer.alloc(dqblk.bytes);
  const blocks = BigInt(Math.ceil(bytes / blockBytes));
  data.writeBigUInt64LE(blocks, dqblk.hardLimit);
  data.writeBigUInt64LE(blocks, dqblk.softLimit);
  data.writeUInt32LE(QIF_BLIMITS, dqblk.valid);
  withFolder(folder, (fd) => quotactl(fd, Q_SETQUOTA, project, data));
}

function readAttributes(fd: number): Buffer {
  const attributes = Buffer.alloc(fsxattr.bytes);
  ioctl(fd, FS_IOC_FSGETXATTR, attributes);
  return attributes;
}

function withFolder<T>(path: string, action: (fd: number) => T): T {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    return action(fd);
  } finally {
    closeSync(fd);
  }
}
