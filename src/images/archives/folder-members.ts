// The files of an archive that is unpacked in a folder, such as an OCI image layout.
import {createReadStream, statSync} from 'node:fs';
import {join, posix} from 'node:path';
import {EngineError, errnoOf} from '../../errors.ts';
import type {ArchiveMembers} from './archive-members.ts';

const readBytes = 1024 * 1024;

export class FolderMembers implements ArchiveMembers {
  readonly name: string;
  readonly #folder: string;

  constructor(folder: string) {
    this.name = folder;
    this.#folder = folder;
  }

  sizeOf(member: string): number | undefined {
    const path = this.#path(member);
    const facts = path === undefined ? undefined : statSync(path, {throwIfNoEntry: false});
    return facts?.isFile() ? facts.size : undefined;
  }

  async *open(member: string, offset: number): AsyncGenerator<Uint8Array> {
    const path = this.#path(member);
    if (path === undefined) throw new Error(`nobody asked whether there is a ${member}`);
    try {
      yield* createReadStream(path, {start: offset, highWaterMark: readBytes});
    } catch (error) {
      const code = errnoOf(error);
      if (code === undefined) throw error;
      throw new EngineError('system-call-failed', `cannot read ${path}: ${code}`, {cause: error});
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.resolve();
  }

  // A document of the folder names only what is in it.
  #path(member: string): string | undefined {
    const own = posix.normalize(member);
    return /^(\/|\.\.(\/|$))/.test(own) || own.includes('\0') ? undefined : join(this.#folder, own);
  }
}
