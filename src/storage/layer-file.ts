// A regular file of a layer while its data comes out of the archive: written, with its holes, and hashed on the way.
import {closeSync, constants, ftruncateSync, openSync} from 'node:fs';
import {ContentDigest} from './content-digest.ts';
import {type SparsePosition, writeAll, writeSparse} from './file-data.ts';
import type {SparseMap} from './sparse-map.ts';
import type {TarEntry} from './tar-reader.ts';

const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

export class LayerFile {
  readonly fd: number;
  readonly sizeBytes: number;
  readonly #dataBytes: number;
  readonly #sparse: SparseMap | undefined;
  readonly #digest = new ContentDigest();
  #position = 0;
  readonly #sparsePosition: SparsePosition = {run: 0, runBytes: 0};

  /** Throws the errors of system calls: EEXIST where something is already. */
  constructor(path: string | Buffer, {dataBytes, sparse}: TarEntry) {
    this.fd = openSync(path, flags, 0o600);
    this.sizeBytes = sparse?.realSize ?? dataBytes;
    this.#dataBytes = dataBytes;
    this.#sparse = sparse;
  }

  write(bytes: Buffer): void {
    if (this.#sparse) {
      writeSparse(this.fd, bytes, this.#sparse, this.#sparsePosition, (part, offset) =>
        this.#digest.add(part, offset, false),
      );
      return;
    }
    writeAll(this.fd, bytes);
    this.#digest.add(bytes, this.#position, bytes.length === this.#dataBytes);
    this.#position += bytes.length;
  }

  /** After the last data: the file has its size. Returns the digest of its content, as ContentDigest.end does. */
  end(): string | undefined {
    if (this.#sparse) ftruncateSync(this.fd, this.sizeBytes);
    return this.#digest.end(this.sizeBytes);
  }

  close(): void {
    closeSync(this.fd);
  }
}
