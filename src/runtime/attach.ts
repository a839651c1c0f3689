// The attach socket of conmon: a container's output, its standard input and the end of both. Owns the descriptor.
// While attached, one of libuv's four pool threads waits in read(2); a write may hold a second one for as long as the
// container does not read its input.
import {Buffer} from 'node:buffer';
import {closeSync, constants, openSync, read, write} from 'node:fs';
import {basename, dirname} from 'node:path';
import {promisify} from 'node:util';
import {EngineError, errnoOf} from '../errors.ts';
import {connectSeqpacket, shutdownSocket} from '../system/libc.ts';

export interface OutputChunk {
  /** With a terminal everything comes as stdout. */
  stream: 'stdout' | 'stderr';
  data: Uint8Array;
}

export interface Attachment {
  /**
   * Ends when the container's output has ended, or after `close`. To be iterated once. Leaving it unread holds the
   * container and every other attached client back, as a full pipe would.
   */
  output: AsyncIterable<OutputChunk>;
  /** In order; resolves when conmon has taken the data. What comes after the container's end is dropped. */
  write(data: Uint8Array): Promise<void>;
  /**
   * Ends the container's standard input after what was written before, unless the container was created to keep it
   * open (a terminal, or not stdinOnce). The output goes on. Idempotent.
   */
  closeInput(): void;
  /** Detaches: the container runs on, `output` ends, the descriptor is closed. Idempotent. */
  close(): void;
}

// conmon reads at most 8 KiB of output at once and puts one byte, the stream's number, before it.
const packetBytes = 8193;
// conmon takes an input packet of less than 32 KiB; of a longer one the rest would be lost.
const inputBytes = 16384;
const stderrStream = 3;

/**
 * Connects to the socket `attach` in a run folder. Output is kept from here on: attach before `crun start`.
 * Throws EngineError 'container-not-running' when no conmon listens there.
 */
export function attach(socketPath: string): Attachment {
  const socket = new AttachSocket(connect(socketPath));
  let writes = Promise.resolve();
  return {
    output: readOutput(socket),
    write(data) {
      writes = writes.then(() => writeInput(socket, data));
      return writes;
    },
    closeInput() {
      writes = writes.then(() => socket.endInput());
    },
    close: () => socket.close(),
  };
}

async function* readOutput(socket: AttachSocket): AsyncGenerator<OutputChunk> {
  const packet = Buffer.allocUnsafe(packetBytes);
  try {
    for (;;) {
      const length = await socket.read(packet);
      if (length === 0) return;
      const data = Buffer.from(packet.subarray(1, length));
      yield {stream: packet[0] === stderrStream ? 'stderr' : 'stdout', data};
    }
  } finally {
    socket.close();
  }
}

async function writeInput(socket: AttachSocket, data: Uint8Array): Promise<void> {
  for (let from = 0; from < data.length; from += inputBytes) {
    await socket.write(data.subarray(from, from + inputBytes));
  }
}

// An address holds 107 bytes of path, and a run folder may be deeper than that: name it by its descriptor.
function connect(socketPath: string): number {
  let folder: number | undefined;
  try {
    folder = openSync(dirname(socketPath), constants.O_RDONLY | constants.O_DIRECTORY);
    return connectSeqpacket(`/proc/self/fd/${folder}/${basename(socketPath)}`);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ECONNREFUSED') {
      throw new EngineError('container-not-running', `nothing listens on ${socketPath}`, {cause: error});
    }
    throw error;
  } finally {
    if (folder !== undefined) closeSync(folder);
  }
}

const readDescriptor = promisify(read);
const writeDescriptor = promisify(write);

/** A connected descriptor that is closed only when no pool thread uses its number any more. */
class AttachSocket {
  readonly #fd: number;
  #open = true;
  #inputOpen = true;
  #users = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** The length of one packet; 0 at the end. */
  async read(packet: Buffer): Promise<number> {
    if (!this.#open) return 0;
    return this.#use(async () => (await readDescriptor(this.#fd, packet, 0, packet.length, null)).bytesRead);
  }

  async write(data: Uint8Array): Promise<void> {
    if (this.#open && this.#inputOpen) {
      await this.#use(async () => (await writeDescriptor(this.#fd, data, 0, data.length, null)).bytesWritten);
    }
  }

  endInput(): void {
    if (this.#open && this.#inputOpen) this.#shutdown('write');
    this.#inputOpen = false;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#shutdown('both');
    if (this.#users === 0) closeSync(this.#fd);
  }

  async #use(call: () => Promise<number>): Promise<number> {
    this.#users += 1;
    try {
      return await call();
    } catch (error) {
      // conmon has ended, or close() was called while the thread waited.
      if (!['EPIPE', 'ECONNRESET', 'ENOTCONN'].includes(errnoOf(error) ?? '')) throw error;
      return 0;
    } finally {
      this.#users -= 1;
      if (!this.#open && this.#users === 0) closeSync(this.#fd);
    }
  }

  #shutdown(how: 'write' | 'both'): void {
    try {
      shutdownSocket(this.#fd, how);
    } catch (error) {
      if (errnoOf(error) !== 'ENOTCONN') throw error;
    }
  }
}
