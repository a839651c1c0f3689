// The one runner of other programs: argument arrays, never a shell, a fixed locale, a time limit, bounded output.
// Only the module named after a program (crun.ts, ip.ts) calls it. Nothing here knows what a program means.
import type {Buffer} from 'node:buffer';
import {EngineError} from '../errors.ts';

export interface ProgramOptions {
  /** Milliseconds until SIGKILL. Default 30,000. */
  timeoutMs?: number;
  /** Text or bytes for standard input. Default: empty. */
  input?: string | Buffer;
  /** Added to a small fixed environment; the caller's own environment is not passed on. */
  env?: Record<string, string>;
  cwd?: string;
  signal?: AbortSignal;
  /** Exit statuses that are not a failure. Default [0]. */
  okStatuses?: readonly number[];
  /** What to tell a person when the program is not installed, such as 'apt install crun'. */
  install?: string;
}

export interface ProgramResult {
  stdout: string;
  stderr: string;
  status: number;
}

const maxOutputBytes = 16 * 1024 * 1024;
const stderrTailLength = 600;

/**
 * Runs a program to its end. Throws EngineError: 'program-missing', 'program-timeout', 'cancelled', or
 * 'program-failed' with the arguments, the status and the end of what it wrote to standard error.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  // Loaded when first needed: it costs a third of Node.js's own start, and most commands run no program.
  const {execa} = await import('execa');
  const result = await execa(program, args, {
    reject: false,
    timeout: options.timeoutMs ?? 30_000,
    killSignal: 'SIGKILL',
    maxBuffer: maxOutputBytes,
    stripFinalNewline: false,
    extendEnv: false,
    env: {PATH: programPath, LC_ALL: 'C.UTF-8', ...options.env},
    input: options.input ?? '',
    ...(options.cwd === undefined ? {} : {cwd: options.cwd}),
    ...(options.signal === undefined ? {} : {cancelSignal: options.signal}),
  });
  const call = [program, ...args].join(' ');
  if (result.code === 'ENOENT') {
    throw new EngineError('program-missing', `cannot run ${program}: it is not installed`, {
      ...(options.install === undefined ? {} : {hint: options.install}),
      cause: result,
    });
  }
  if (result.isCanceled) throw new EngineError('cancelled', `${program} was cancelled`, {cause: result});
  if (result.timedOut) {
    throw new EngineError(
      'program-timeout',
      `'${call}' did not end within ${options.timeoutMs ?? 30_000} ms`,
    );
  }
  const status = result.exitCode;
  if (status === undefined || !(options.okStatuses ?? [0]).includes(status)) {
    const end =
      status === undefined ? `was ended by ${result.signal ?? result.shortMessage}` : `exited with ${status}`;
    const tail = result.stderr.trim().slice(-stderrTailLength);
    throw new EngineError('program-failed', `'${call}' ${end}${tail === '' ? '' : `: ${tail}`}`);
  }
  return {stdout: result.stdout, stderr: result.stderr, status};
}

/** Debian's administrator path: a person's own PATH (a stray crun in ~/bin) must not decide what root runs. */
export const programPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
