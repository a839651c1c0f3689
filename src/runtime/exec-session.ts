// A process that is run in a container beside the first one: what is common to both ways of running it.
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {OutputChunk} from './attach.ts';
import type {TerminalSize} from './terminal-size.ts';

export interface ExecOptions {
  /** The container. */
  id: string;
  /** `crun --root`. */
  crunRoot: string;
  /** A folder of this process alone, under the container's run folder. Made, and removed when the process has ended. */
  execFolder: string;
  /** The runtime-spec's `process` object. */
  process: object;
  openStdin: boolean;
}

export interface ExecSession {
  tty: boolean;
  /** Ends when nothing holds the process's output open any more. To be iterated once. */
  output: AsyncIterable<OutputChunk>;
  write(data: Uint8Array): Promise<void>;
  closeInput(): void;
  /** Without a terminal: nothing. */
  resize(size: TerminalSize): void;
  /** Sends a signal such as 'SIGTERM' to the process. False when it has ended. */
  signal(name: NodeJS.Signals): boolean;
  /** Leaves the process: it runs on. */
  close(): void;
  /** Rejects with 'command-not-found' (exit 127), 'command-not-executable' (126) and the like if it never ran. */
  exit: Promise<{exitCode: number; oomKilled: boolean}>;
}

/** Makes the folder and writes the process's specification to it. Returns the file's path. */
export function writeProcessSpec({execFolder, process: spec}: ExecOptions, terminal: boolean): string {
  mkdirSync(execFolder, {recursive: true, mode: 0o700});
  const path = join(execFolder, 'process.json');
  writeFileSync(path, JSON.stringify({...spec, terminal}), {mode: 0o600});
  return path;
}

/** The first word of the command, for messages. */
export function commandOf(spec: object): {command?: string} {
  const first: unknown = 'args' in spec && Array.isArray(spec.args) ? spec.args[0] : undefined;
  return typeof first === 'string' ? {command: first} : {};
}
