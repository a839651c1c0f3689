// Which extended attributes of an archive are set on the unpacked files (docs/decisions/0027).
import {errnoOf} from '../errors.ts';
import {setXattr} from '../system/libc.ts';
import {type ByteString, toPath} from './byte-string.ts';
import {invalid, quote} from './layer-fault.ts';

/**
 * Sets them as they are, without following a link. Left out: what would steer the overlay that the layer becomes part of, and
 * what only means something on the machine where it was written. As Docker does, those that the file system or the
 * kernel does not allow are left out too. Throws LayerFault for a value that the kernel calls malformed.
 */
export function setXattrs(path: string | Buffer, xattrs: ReadonlyMap<ByteString, Buffer>): void {
  for (const [name, value] of xattrs) {
    if (!isHonoured(name)) continue;
    try {
      setXattr(path, toPath(name), value);
    } catch (error) {
      if (isNotAllowed(error)) continue;
      const code = errnoOf(error);
      if (code !== 'EINVAL' && code !== 'ERANGE' && code !== 'E2BIG') throw error;
      throw invalid(`its extended attribute ${quote(name)} is malformed or too large`);
    }
  }
}

/** False for names that an archive has no say in. */
export function isHonoured(name: ByteString): boolean {
  return !(
    // A hostile layer could redirect a folder, or give a file another one's content, within the overlay.
    name.startsWith('trusted.overlay.') ||
    name.startsWith('user.overlay.') ||
    // Labels of the policy where the image was built; container engines label anew. EVM's is bound to one inode.
    name === 'security.selinux' ||
    name === 'security.evm'
  );
}

// EPERM: user.* on anything but files and folders, or a process without the capability that a namespace asks for.
function isNotAllowed(error: unknown): boolean {
  return ['EOPNOTSUPP', 'ENOTSUP', 'EPERM', 'EACCES'].includes(errnoOf(error) ?? '');
}
