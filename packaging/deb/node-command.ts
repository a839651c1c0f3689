// How this machine runs the Node of a package.

import {existsSync, mkdtempSync, readFileSync, renameSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import type {Architecture} from './architecture.ts';
import {runProgram} from './run-program.ts';

/** The beginning of a command line that runs `node`: itself, or qemu with the libraries of the architecture. */
export function nodeCommand(node: string, cache: string, architecture: Architecture): string[] {
  if (architecture.native) return [node];
  return [emulator(architecture), '-L', libraries(cache, architecture), node];
}

// Debian 12 has the static one alone, Debian 13's package of that name is gone.
function emulator({emulator}: Architecture): string {
  for (const name of [`${emulator}-static`, emulator])
    if (existsSync(join('/usr/bin', name))) return join('/usr/bin', name);
  throw new Error(`${emulator} is not installed`);
}

// A folder with the libraries that Node is linked with. No program of the architecture runs to make it.
function libraries(cache: string, {debian}: Architecture): string {
  const folder = join(cache, `libraries-${debian}`);
  if (existsSync(folder)) return folder;
  const scratch = mkdtempSync(join(cache, 'new-'));
  try {
    runProgram('mmdebstrap', [
      `--architectures=${debian}`,
      '--variant=extract',
      '--include=libatomic1,libc6,libgcc-s1,libstdc++6',
      '--quiet',
      debianRelease(),
      join(scratch, 'root'),
    ]);
    renameSync(join(scratch, 'root'), folder);
    return folder;
  } finally {
    rmSync(scratch, {recursive: true, force: true});
  }
}

/** This machine's own release where that is Debian's: its mirror has it. */
export function debianRelease(): string {
  const text = readFileSync('/etc/os-release', 'utf8');
  const codename = /^VERSION_CODENAME="?(\w+)"?$/m.exec(text)?.[1];
  return /^ID="?debian"?$/m.test(text) && codename !== undefined ? codename : 'trixie';
}
