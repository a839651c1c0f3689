// A tree of files that a path can be looked up in: the host's, or that of a container, whose links and '..' the kernel
// resolves as if its root were '/'. Descriptors, not paths, are what a lookup gives, so nothing that changes meanwhile
// leads anywhere else.
import {closeSync, constants, openSync} from 'node:fs';
import {type LibcError, O, openAt2, openAt2IfThere, type Path, RESOLVE} from '../system/libc.ts';

export class FileTree {
  readonly rootFd: number;
  readonly #resolve: bigint;

  private constructor(rootFd: number, resolve: bigint) {
    this.rootFd = rootFd;
    this.#resolve = resolve;
  }

  /** The machine's own files, where links may lead anywhere. Close `rootFd` afterwards. */
  static ofHost(): FileTree {
    return new FileTree(openSync('/', O.path | constants.O_DIRECTORY), 0n);
  }

  /** Nothing but what is below an open folder, whoever changes it meanwhile. */
  static below(rootFd: number): FileTree {
    return new FileTree(rootFd, RESOLVE.inRoot | RESOLVE.noMagicLinks);
  }

  /**
   * A descriptor that only names what is at an absolute path (O_PATH): opening it acts on nothing. The caller closes it.
   * Throws LibcError: ENOENT, ENOTDIR, ELOOP, EACCES.
   */
  open(path: Path, {follow = true, folder = false} = {}): number {
    const flags = O.path | (follow ? 0 : constants.O_NOFOLLOW) | (folder ? constants.O_DIRECTORY : 0);
    return openAt2(this.rootFd, path, flags, this.#resolve);
  }

  /** The same, links followed, but undefined where the path leads nowhere. */
  openIfThere(path: Path): number | undefined {
    return openAt2IfThere(this.rootFd, path, O.path, this.#resolve);
  }
}

/** Runs `use` with a descriptor and closes it. */
export function withFd<T>(fd: number, use: (fd: number) => T): T {
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** The path by which this process reaches an entry of an open folder; the folder is not looked up again. */
export function entryOf(folderFd: number, name: Path): Path {
  const prefix = `/proc/self/fd/${folderFd}/`;
  return typeof name === 'string' ? prefix + name : Buffer.concat([Buffer.from(prefix), name]);
}

/** What an open descriptor names, for calls that take a path. */
export function pathOf(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

/** True where a lookup found nothing, and not where it failed. */
export function isNotThere(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as LibcError).code);
}
