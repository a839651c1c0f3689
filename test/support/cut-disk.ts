// A disk whose power can be cut as often as a test likes while it goes on: ext4 in a file, and that file on btrfs, where a
// clone of it is what a disk would hold if the power went at that moment, with what was not yet written lost.
import {execFileSync} from 'node:child_process';
import {constants, copyFileSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

const diskBytes = 400 * 1024 * 1024;
const clonesBytes = 4 * 1024 * 1024 * 1024;

export class CutDisk implements Disposable {
  readonly #folder: string;
  #cuts = 0;
  #mounted: string[] = [];

  /** Makes and mounts an empty one at `mountPoint`. `folder` is a new one, on any file system. */
  constructor(folder: string, mountPoint: string) {
    this.#folder = folder;
    const clones = join(folder, 'clones');
    mkdirSync(clones, {recursive: true});
    makeFile(`${clones}.btrfs`, clonesBytes);
    run('mkfs.btrfs', '-q', `${clones}.btrfs`);
    this.mount(`${clones}.btrfs`, clones);
    makeFile(this.#path('disk'), diskBytes);
    // A journal that is written every second, as little as it can be: the longer it waits, the more a cut takes.
    run('mkfs.ext4', '-q', '-E', 'lazy_itable_init=0', this.#path('disk'));
    this.mount(this.#path('disk'), mountPoint);
  }

  /** What the disk holds at this moment; returns what `mount` takes. */
  cut(): string {
    const path = this.#path(`cut-${this.#cuts++}`);
    copyFileSync(this.#path('disk'), path, constants.COPYFILE_FICLONE_FORCE);
    return path;
  }

  /** Mounts a cut disk, as the next boot would: the file system recovers its journal. */
  mount(image: string, mountPoint: string): void {
    mkdirSync(mountPoint, {recursive: true});
    run('mount', '-o', 'loop', image, mountPoint);
    this.#mounted.push(mountPoint);
  }

  unmount(mountPoint: string): void {
    run('umount', mountPoint);
    this.#mounted = this.#mounted.filter((point) => point !== mountPoint);
  }

  remove(image: string): void {
    rmSync(image);
  }

  [Symbol.dispose](): void {
    for (const point of this.#mounted.toReversed()) this.unmount(point);
    for (const name of readdirSync(this.#folder)) rmSync(join(this.#folder, name), {recursive: true});
  }

  #path(name: string): string {
    return join(this.#folder, 'clones', name);
  }
}

function makeFile(path: string, bytes: number): void {
  writeFileSync(path, '');
  truncateSync(path, bytes);
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, {stdio: ['ignore', 'ignore', 'pipe']});
}
