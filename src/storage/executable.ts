// A program in a root filesystem, found as the runtime finds it: by the PATH and the working folder of the process, with
// links that stay inside. Says what its first bytes are; judges nothing and writes nothing.
import {constants, fstatSync, openSync, readSync} from 'node:fs';
import {posix} from 'node:path';
import {type ElfDamage, type ElfFile, isElf, type ReadBytes, readElf} from './elf.ts';
import {type FileTree, pathOf, withFd} from './file-tree.ts';

export interface Executable {
  /** As it was found: absolute, in the root. */
  path: string;
  sizeBytes: number;
  content: ExecutableContent;
  /** The first bytes, for what the kernel compares with its handlers. */
  start: Buffer;
}

export type ExecutableContent =
  | {kind: 'empty'}
  | {kind: 'elf'; elf: ElfFile}
  | {kind: 'damaged-elf'; reason: string}
  | {kind: 'script'; interpreter: string; argument: string | undefined}
  | {kind: 'text'}
  | {kind: 'other'};

export interface ProgramRequest {
  /** The first word of a command. */
  command: string;
  /** `NAME=value` */
  env: readonly string[];
  workingDir: string;
}

// What the kernel reads of a file before it decides who is to run it.
const startBytes = 256;

/** Undefined when no file that may be executed is found. Throws the errors of system calls. */
export function findProgram(
  tree: FileTree,
  {command, env, workingDir}: ProgramRequest,
): Executable | undefined {
  if (command === '') return undefined;
  const folder = workingDir === '' ? '/' : workingDir;
  for (const path of candidates(command, env, folder)) {
    const found = readExecutable(tree, path);
    if (found) return found;
  }
  return undefined;
}

function candidates(command: string, env: readonly string[], folder: string): string[] {
  if (command.includes('/')) return [posix.resolve('/', folder, command)];
  const path = env.findLast((one) => one.startsWith('PATH='))?.slice('PATH='.length) ?? '';
  return path.split(':').map((entry) => posix.resolve('/', folder, entry, command));
}

/** The file at an absolute path; undefined for what is none, or has no x bit. */
export function readExecutable(tree: FileTree, path: string): Executable | undefined {
  const named = tree.openIfThere(path);
  if (named === undefined) return undefined;
  return withFd(named, () => {
    const stat = fstatSync(named);
    if (!stat.isFile() || (stat.mode & 0o111) === 0) return undefined;
    return withFd(openSync(pathOf(named), constants.O_RDONLY), (fd) => {
      const read = readerOf(fd);
      const start = read(0, startBytes);
      return {path, sizeBytes: stat.size, content: contentOf(start, read, stat.size), start};
    });
  });
}

/** True when one of these texts is within the first `maxBytes` of the file. */
export function fileHolds(
  tree: FileTree,
  path: string,
  {texts, maxBytes}: {texts: readonly string[]; maxBytes: number},
): boolean {
  const named = tree.open(path);
  return withFd(named, () =>
    withFd(openSync(pathOf(named), constants.O_RDONLY), (fd) => {
      const bytes = readerOf(fd)(0, Math.min(maxBytes, fstatSync(fd).size));
      return texts.some((text) => bytes.includes(text));
    }),
  );
}

function readerOf(fd: number): ReadBytes {
  return (offset, length) => {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(fd, bytes, 0, length, offset));
  };
}

function contentOf(start: Buffer, read: ReadBytes, sizeBytes: number): ExecutableContent {
  if (sizeBytes === 0) return {kind: 'empty'};
  if (isElf(start)) {
    const elf = readElf(read, sizeBytes);
    return elf === undefined || isDamage(elf)
      ? {kind: 'damaged-elf', reason: elf?.damage ?? 'it changes while it is read'}
      : {kind: 'elf', elf};
  }
  const text = start.toString('latin1');
  if (text.startsWith('#!')) return scriptOf(text);
  return start.includes(0) ? {kind: 'other'} : {kind: 'text'};
}

function isDamage(elf: ElfFile | ElfDamage): elf is ElfDamage {
  return 'damage' in elf;
}

// As the kernel splits it: blanks around, then the rest of the line as one argument.
function scriptOf(text: string): ExecutableContent {
  const [line = ''] = text.slice(2).split('\n', 1);
  const [, interpreter = '', argument = ''] = /^[ \t]*([^ \t\0]*)[ \t]*(.*?)[ \t]*$/s.exec(line) ?? [];
  return {kind: 'script', interpreter, argument: argument === '' ? undefined : argument};
}
