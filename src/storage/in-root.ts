// Reads files of a root filesystem that nobody trusts: links and '..' in it are resolved by the kernel as if that
// folder were '/', so nothing outside can be named, not even while the tree changes. Never writes.
import {closeSync, constants, fstatSync, openSync, readSync} from 'node:fs';
import {EngineError, errnoOf} from '../errors.ts';
import {O, openAt2, RESOLVE} from '../system/libc.ts';

/**
 * Opens a regular file or a folder for reading; the caller closes the descriptor. `path` is as seen inside `root`
 * and absolute links in it stay inside. Anything else (a device, whose mere opening may act, a FIFO, a socket) is
 * ENXIO. Throws LibcError, with ENOENT, ENOTDIR or ELOOP where the path leads nowhere; EngineError
 * 'host-unsupported' when the kernel lacks openat2 (before 5.6).
 */
export function openInRoot(root: string, path: string): number {
  const rootFd = openSync(root, O.path | constants.O_DIRECTORY);
  try {
    const fd = openAt(rootFd, path, O.path);
    try {
      const stat = fstatSync(fd);
      const flags = constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK;
      if (stat.isFile() || stat.isDirectory()) return openSync(`/proc/self/fd/${fd}`, flags);
    } finally {
      closeSync(fd);
    }
    throw Object.assign(new Error(`${path} is neither a file nor a folder`), {code: 'ENXIO'});
  } finally {
    closeSync(rootFd);
  }
}

function openAt(rootFd: number, path: string, flags: number): number {
  try {
    return openAt2(rootFd, path, flags, RESOLVE.inRoot | RESOLVE.noMagicLinks);
  } catch (error) {
    if (errnoOf(error) !== 'ENOSYS') throw error;
    throw new EngineError('host-unsupported', 'this kernel has no openat2 call, which came with Linux 5.6', {
      hint: 'update the kernel: files of an image cannot be read safely without it',
      cause: error,
    });
  }
}

/** Like openInRoot, but undefined when the path leads nowhere or to something that is not opened. */
export function openFileInRoot(root: string, path: string): number | undefined {
  try {
    return openInRoot(root, path);
  } catch (error) {
    if (isNowhere(error)) return undefined;
    throw error;
  }
}

/**
 * The text of a regular file inside `root`, or undefined when there is none at that path. Throws EngineError
 * 'not-supported' when it is longer than `maxBytes`, so that a hostile image cannot fill the memory.
 */
export function readFileInRoot(root: string, path: string, options: {maxBytes: number}): string | undefined {
  const fd = openFileInRoot(root, path);
  if (fd === undefined) return undefined;
  try {
    return fstatSync(fd).isFile() ? readBounded(fd, path, options.maxBytes) : undefined;
  } finally {
    closeSync(fd);
  }
}

function isNowhere(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'ENAMETOOLONG'].includes(errnoOf(error) ?? '');
}

// One byte more than allowed is asked for: the size that fstat gives may be 0 or out of date.
function readBounded(fd: number, path: string, maxBytes: number): string {
  const buffer = Buffer.allocUnsafe(maxBytes + 1);
  let length = 0;
  while (length < buffer.length) {
    const count = readSync(fd, buffer, length, buffer.length - length, null);
    if (count === 0) return buffer.toString('utf8', 0, length);
    length += count;
  }
  throw new EngineError('not-supported', `${path} in the image is larger than ${maxBytes} bytes`);
}
