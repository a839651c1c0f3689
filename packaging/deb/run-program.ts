// Runs one program of the build to its end.

import {spawnSync} from 'node:child_process';

export interface ProgramOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/** What it wrote to standard output. Throws with what it said when it fails. */
export function runProgram(program: string, args: readonly string[], options: ProgramOptions = {}): string {
  const {status, stdout, stderr, error} = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    ...options,
  });
  if (error) throw error;
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')} exited with ${status}:\n${stderr}${stdout}`);
  return stdout;
}
