// The files of a package as they are gathered: each is written with its mode, whatever the umask, and with one time.

import {
  chmodSync,
  copyFileSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';

export class PackageTree {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** `path` is below the root; folders on the way are made. */
  write(path: string, content: string | Uint8Array, mode = 0o644): void {
    const target = this.#place(path);
    writeFileSync(target, content);
    chmodSync(target, mode);
  }

  copy(from: string, path: string, mode = 0o644): void {
    const target = this.#place(path);
    copyFileSync(from, target);
    chmodSync(target, mode);
  }

  link(path: string, target: string): void {
    symlinkSync(target, this.#place(path));
  }

  read(path: string): Buffer {
    return readFileSync(join(this.root, path));
  }

  /** Paths of regular files below the root, in the order of their bytes. */
  files(): string[] {
    return readdirSync(this.root, {recursive: true, withFileTypes: true})
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.root.length + 1))
      .sort();
  }

  /** What dpkg is told that the files take: KiB, each rounded up, and one for everything else. */
  installedSizeKib(): number {
    return readdirSync(this.root, {recursive: true, withFileTypes: true})
      .map((entry) =>
        entry.isFile() ? Math.ceil(statSync(join(entry.parentPath, entry.name)).size / 1024) : 1,
      )
      .reduce((sum, size) => sum + size, 0);
  }

  /** Gives everything the time, and folders their mode. */
  finish(seconds: number): void {
    const entries = readdirSync(this.root, {recursive: true, withFileTypes: true});
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isDirectory()) chmodSync(path, 0o755);
      lutimesSync(path, seconds, seconds);
    }
    chmodSync(this.root, 0o755);
    lutimesSync(this.root, seconds, seconds);
  }

  #place(path: string): string {
    const target = join(this.root, path);
    mkdirSync(dirname(target), {recursive: true});
    return target;
  }
}
