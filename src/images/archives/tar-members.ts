// The files of a tar archive that is a file itself and not compressed: its headers are read, and of its data only what is wanted.
import {type FileHandle, open} from 'node:fs/promises';
import {EngineError, errnoOf} from '../../errors.ts';
import {
  type ArchiveMembers,
  type ArchiveTools,
  invalidArchive,
  type MemberEntry,
  readingArchive,
} from './archive-members.ts';
import {MemberTable} from './member-table.ts';

const blockBytes = 512;
const windowBytes = 64 * 1024;
const readBytes = 1024 * 1024;

interface Place {
  offset: number;
  sizeBytes: number;
}

export class TarMembers implements ArchiveMembers {
  readonly name: string;
  readonly #file: FileHandle;
  readonly #table: MemberTable<Place>;

  private constructor(name: string, file: FileHandle, table: MemberTable<Place>) {
    this.name = name;
    this.#file = file;
    this.#table = table;
  }

  /** Takes the file over, and closes it also when it throws. `name`: for messages. Throws EngineError 'archive-invalid'. */
  static async read(name: string, file: FileHandle, tools: ArchiveTools): Promise<TarMembers> {
    try {
      const table = await readingArchive(name, tools, () => scan(name, file, tools));
      return new TarMembers(name, file, table);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  sizeOf(member: string): number | undefined {
    return this.#table.find(member)?.sizeBytes;
  }

  async *open(member: string, start: number): AsyncGenerator<Uint8Array> {
    const place = this.#table.find(member);
    if (!place) throw new Error(`nobody asked whether there is a ${member}`);
    const {offset, sizeBytes} = place;
    for (let at = start; at < sizeBytes; ) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(readBytes, sizeBytes - at));
      const bytes = await readAt(this.#file, buffer, offset + at, this.name);
      if (bytes === 0) throw invalidArchive(this.name, 'it is cut short');
      at += bytes;
      yield buffer.subarray(0, bytes);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

/** Opens a file to read. Throws EngineError 'archive-not-found' in the words of Docker's client. */
export async function openArchive(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    const why = code === 'ENOENT' ? 'no such file or directory' : 'permission denied';
    if (code !== 'ENOENT' && code !== 'EACCES') throw error;
    throw new EngineError('archive-not-found', `open ${path}: ${why}`, {cause: error});
  }
}

async function scan(name: string, file: FileHandle, tools: ArchiveTools): Promise<MemberTable<Place>> {
  const {size} = await file.stat();
  const table = new MemberTable<Place>(name);
  let position = 0;
  const reader = tools.readTar({
    entry(entry: MemberEntry) {
      const offset = position + blockBytes;
      if (offset + entry.dataBytes > size) throw invalidArchive(name, 'it is cut short');
      if (table.add(entry)) table.put(entry.name, {offset, sizeBytes: entry.dataBytes});
    },
    data: () => undefined,
    entryEnd: () => undefined,
  });
  const window = Buffer.alloc(windowBytes);
  while (position < size && !reader.hasEnded) {
    const bytes = await readAt(file, window, position, name);
    if (bytes === 0) break;
    for (let at = 0; at < bytes && !reader.hasEnded; ) {
      const block = window.subarray(at, Math.min(at + blockBytes, bytes));
      reader.write(block);
      const step = block.length + reader.skipData();
      at += step;
      position += step;
    }
  }
  reader.finish();
  return table;
}

async function readAt(file: FileHandle, buffer: Buffer, position: number, name: string): Promise<number> {
  try {
    return (await file.read(buffer, 0, buffer.length, position)).bytesRead;
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    throw new EngineError('system-call-failed', `cannot read ${name}: ${code}`, {cause: error});
  }
}
