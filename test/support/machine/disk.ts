// The files that a machine boots from, made once by disk.sh below .cache/machine/ and keyed by what made them.
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import {join, resolve} from 'node:path';
import {lockFile} from '../../../src/system/file-lock.ts';

const cache = resolve(import.meta.dirname, '../../../.cache/machine');

export interface MachineFiles {
  /** Holds vmlinuz, initrd, key and key.pub. */
  folder: string;
  /** The disk, raw. Never written to: a machine runs on an overlay. */
  disk: string;
}

/** Makes them if they are missing: minutes. Safe to call in several processes at a time; the later wait for the first. */
export async function ensureMachineFiles(): Promise<MachineFiles> {
  const folder = join(cache, recipeKey());
  const files = {folder, disk: join(folder, 'disk.raw')};
  if (existsSync(folder)) return files;
  mkdirSync(cache, {recursive: true});
  using _lock = await lockFile(join(cache, 'lock'), 'exclusive', {timeoutMs: 1_800_000});
  if (existsSync(folder)) return files;
  for (const entry of readdirSync(cache)) {
    if (entry !== 'lock') rmSync(join(cache, entry), {recursive: true});
  }
  console.error('==> making the disk of an arm64 machine (.cache/machine/, some minutes, once)');
  const unfinished = `${folder}.unfinished`;
  mkdirSync(unfinished);
  execFileSync('sh', [join(import.meta.dirname, 'disk.sh'), unfinished], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  renameSync(unfinished, folder);
  return files;
}

/** A new disk that holds what `base` holds, and keeps what is written to it to itself. */
export function makeOverlay(base: string, overlay: string, format: 'raw' | 'qcow2'): void {
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', format, '-b', base, overlay]);
}

function recipeKey(): string {
  const hash = createHash('sha256');
  const root = import.meta.dirname;
  for (const file of globSync(['disk.sh', 'init', 'guest/**'], {cwd: root}).sort()) {
    const path = join(root, file);
    if (statSync(path).isFile()) hash.update(`${file}\0`).update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex').slice(0, 12);
}
