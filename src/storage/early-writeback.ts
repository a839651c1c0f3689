// Lets the disk write while a layer is still unpacked: left to itself the kernel would begin half a minute later, and
// the sync that ends a pull would then wait for all of it.
import {syncFileSystem} from '../system/sync.ts';

const stepBytes = 32 * 1024 * 1024;

export class EarlyWriteback {
  readonly #folder: string;
  #bytes = 0;
  #isRunning = false;

  /** `folder`: where is written to, an absolute path. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Says that so many bytes more were written. Returns at once. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < stepBytes || this.#isRunning) return;
    this.#bytes = 0;
    this.#isRunning = true;
    void syncFileSystem(this.#folder)
      // Only the sync before the layer gets its name counts; it meets the same disk.
      .catch(() => undefined)
      .finally(() => {
        this.#isRunning = false;
      });
  }
}
