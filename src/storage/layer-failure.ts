// Words for everything that can go wrong while a layer is unpacked: faults of the archive and refusals of the host,
// each with the layer, the entry and the reason.
import {statfsSync} from 'node:fs';
import {EngineError, errnoOf} from '../errors.ts';
import {freeSpace} from '../system/free-space.ts';
import type {ByteString} from './byte-string.ts';
import {LayerFault, quote} from './layer-fault.ts';

export interface LayerContext {
  /** diffID, or chainID when committing. */
  layer: string;
  /** The folder that is written to, for the free space. */
  folder: string;
  /** The entry in work. */
  entryName: ByteString | undefined;
  /** Bytes of files unpacked so far. */
  sizeBytes: number;
}

/**
 * The EngineError for a LayerFault ('layer-invalid', 'layer-hostile'), for a full disk ('disk-full') or for another
 * refusal of the host; anything else as it is, such as the failure of a download.
 */
export function explainFailure(error: unknown, context: LayerContext): unknown {
  const entry = context.entryName === undefined ? '' : `entry ${quote(context.entryName)}: `;
  const failed = `cannot unpack layer ${context.layer}: ${entry}`;
  if (error instanceof LayerFault) {
    return new EngineError(
      error.kind === 'hostile' ? 'layer-hostile' : 'layer-invalid',
      failed + error.message,
    );
  }
  if (!isOfFileSystem(error)) return error;
  const code = errnoOf(error);
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return explainFullDisk(failed, error, context);
    // What only a malformed archive asks for.
    case 'ENAMETOOLONG':
      return new EngineError('layer-invalid', `${failed}its name is too long for a file`, {cause: error});
    case 'ENOTDIR':
      return new EngineError('layer-invalid', `${failed}its folder is not a folder`, {cause: error});
    case 'EFBIG':
      return new EngineError('layer-invalid', `${failed}the file system holds no file of that size`, {
        cause: error,
      });
    case 'EPERM':
    case 'EACCES':
      return new EngineError('permission-denied', `${failed}${reasonOf(error)}`, {
        hint: 'unpacking needs root, with CAP_CHOWN, CAP_FOWNER, CAP_MKNOD and CAP_SETFCAP',
        cause: error,
      });
    default:
      return new EngineError('system-call-failed', `${failed}${reasonOf(error)}`, {cause: error});
  }
}

function isOfFileSystem(error: unknown): error is Error & {syscall: string} {
  return (
    error instanceof Error &&
    errnoOf(error) !== undefined &&
    'syscall' in error &&
    fileCalls.has(String(error.syscall))
  );
}

// A blob comes over the network, whose errors are not ours to word.
const fileCalls = new Set([
  'open',
  'write',
  'close',
  'mkdir',
  'mknod',
  'symlink',
  'link',
  'unlink',
  'rename',
  'rm',
  'rmdir',
  'ftruncate',
  'fchown',
  'lchown',
  'chmod',
  'fchmod',
  'lstat',
  'readlink',
  'scandir',
  'copyfile',
  'lsetxattr',
  'lgetxattr',
  'llistxattr',
  'utimensat',
  'futimens',
  'syncfs',
  'fsync',
]);

function explainFullDisk(
  failed: string,
  error: Error & {syscall: string},
  context: LayerContext,
): EngineError {
  if (error.syscall === 'lsetxattr' && freeSpace(context.folder).freeBytes > 1024 * 1024) {
    return new EngineError(
      'host-unsupported',
      `${failed}its extended attributes do not fit on this file system`,
      {
        hint: 'ext4 keeps those of one file in 4 KiB, unless made with the feature ea_inode',
        cause: error,
      },
    );
  }
  const {ffree, files} = statfsSync(context.folder);
  const {freeBytes, reserveBytes} = freeSpace(context.folder);
  const left = `${format(freeBytes)} are free, and ${format(reserveBytes)} stay so`;
  const lacking = files > 0 && ffree === 0 ? 'no inode is free' : left;
  const quota = errnoOf(error) === 'EDQUOT' ? ' (disk quota)' : '';
  return new EngineError(
    'disk-full',
    `${failed}${context.folder} is full${quota}: ${lacking}, after ${format(context.sizeBytes)} of this layer`,
    {
      hint: 'remove images and containers that are not needed, or set "data-root" to a larger disk',
      cause: error,
    },
  );
}

function format(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function reasonOf(error: Error): string {
  return error.message.replace(/^E[A-Z0-9]+: /, '');
}
