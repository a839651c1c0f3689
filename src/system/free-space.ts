// Space of a file system that is left to the machine: a full root disk takes logins, logs and every container down with it, so
// whoever writes much stops before. Where that is has to be known to whoever words the failure, too.
import {statfsSync} from 'node:fs';

const maxReserveBytes = 64 * 1024 * 1024;
const reserveShare = 0.02;
const maxStepBytes = 8 * 1024 * 1024;
const minStepBytes = 64 * 1024;
/** As many may write at once: downloads, and layers that are unpacked. */
const writers = 8;

export interface FreeSpace {
  freeBytes: number;
  /** Of those, what stays free. */
  reserveBytes: number;
  /** What may be written: 0 when there is less than the reserve. */
  spareBytes: number;
}

/** Of the file system that `folder`, which exists, is on. */
export function freeSpace(folder: string): FreeSpace {
  const {bavail, bsize, blocks} = statfsSync(folder);
  const freeBytes = bavail * bsize;
  const reserveBytes = Math.min(maxReserveBytes, Math.floor(blocks * bsize * reserveShare));
  return {freeBytes, reserveBytes, spareBytes: Math.max(0, freeBytes - reserveBytes)};
}

/** Looks now and then at the space left while one writer writes; the nearer the end, the more often. */
export class SpaceWatch {
  readonly #folder: string;
  #bytesToNextLook = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Says that so many bytes are about to be written. Throws as a write does on a full disk, while some space is left. */
  add(bytes: number): void {
    this.#bytesToNextLook -= bytes;
    if (this.#bytesToNextLook > 0) return;
    const {spareBytes} = freeSpace(this.#folder);
    if (spareBytes < bytes) {
      throw Object.assign(new Error('the space that is left is kept free'), {
        code: 'ENOSPC',
        syscall: 'write',
      });
    }
    this.#bytesToNextLook = Math.min(maxStepBytes, Math.max(minStepBytes, spareBytes / writers));
  }
}
