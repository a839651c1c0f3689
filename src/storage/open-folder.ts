// A folder that others may change while it is read: what is looked at in it is looked up in the open folder itself, so a
// folder that is swapped for a link meanwhile leads nowhere else. Never writes.
import {closeSync, constants, openSync, readdirSync} from 'node:fs';
import {errnoOf} from '../errors.ts';
import {type ByteString, toPath} from './byte-string.ts';

const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

export class OpenFolder implements Disposable {
  readonly #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Throws the errors of open(2); ENOTDIR and ELOOP for what is no folder. */
  static open(path: string | Buffer): OpenFolder {
    return new OpenFolder(openSync(path, flags));
  }

  /** Undefined when there is no folder at that path any more. */
  static openIfThere(path: string | Buffer): OpenFolder | undefined {
    try {
      return OpenFolder.open(path);
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  /** A path of the folder itself, or of a name in it. Only good while the folder is open. */
  path(name?: ByteString): string | Buffer {
    const own = `/proc/self/fd/${this.#fd}`;
    return name === undefined ? `${own}/.` : toPath(`${own}/${name}`);
  }

  /** In the order of their bytes. */
  names(): ByteString[] {
    return readdirSync(this.path(), {encoding: 'latin1'}).sort();
  }

  /** Undefined when there is no folder of that name any more. */
  open(name: ByteString): OpenFolder | undefined {
    return OpenFolder.openIfThere(this.path(name));
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

/** True for the failure to find what was there a moment ago. */
export function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(errnoOf(error) ?? '');
}
