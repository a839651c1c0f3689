// The one runner of other programs: argument arrays, never a shell, a fixed locale, a time limit, bounded output.
// Only the module named after a program (crun.ts, ip.ts) calls it. Nothing here knows what a program means.
import type {Buffer} from 'node:buffer';
import {EngineError} from '../errors.ts';
import {isRehearsed} from './rehearsal.ts';
import {beginCall, type Call, commandLine} from './trace.ts';

export interface ProgramOptions {
  /** Milliseconds until SIGKILL. Default 120,000: the first call after a boot may load kernel modules from a slow card. */
  timeoutMs?: number;
  /** Text or bytes for standard input. Default: empty. */
  input?: string | Buffer;
  /** Added to a small fixed environment; the caller's own environment is not passed on. */
  env?: Record<string, string>;
  cwd?: string;
  signal?: AbortSignal;
  /** Exit statuses that are not a failure. Default [0]. */
  okStatuses?: readonly number[];
  /** It changes nothing: it is run in a rehearsal too. */
  reads?: boolean;
  /** What takes it back, for a rehearsal. */
  undo?: string;
  /** What to tell a person when the program is not installed, such as 'apt install crun'. */
  install?: string;
}

export interface ProgramResult {
  stdout: string;
  stderr: string;
  status: number;
}

export const defaultTimeoutMs = 120_000;
export const maxOutputBytes = 16 * 1024 * 1024;
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
  if (isOnlyNoted([program, ...args], options)) return {stdout: '', stderr: '', status: 0};
  // Loaded when first needed: it costs most of Node.js's own start. What a person waits for in every `run` goes
  // through quick-program.ts.
  const {execa} = await import('execa');
  const call = beginCall();
  const result = await execa(program, args, {
    reject: false,
    timeout: options.timeoutMs ?? defaultTimeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: maxOutputBytes,
    stripFinalNewline: false,
    extendEnv: false,
    env: programEnvironment(options.env),
    input: options.input ?? '',
    ...(options.cwd === undefined ? {} : {cwd: options.cwd}),
    ...(options.signal === undefined ? {} : {cancelSignal: options.signal}),
  });
  const end: ProgramEnd = {
    missing: result.code === 'ENOENT',
    cancelled: result.isCanceled,
    timedOut: result.timedOut,
    status: result.exitCode,
    signal: result.signal,
    stdout: result.stdout,
    stderr: result.stderr,
    ...(result.cause === undefined ? {} : {cause: result.cause}),
  };
  traceProgram(call, [program, ...args], options, end);
  return judge(program, args, options, end);
}

/** In a rehearsal notes what is not marked as reading, and returns true: then it is not to be run. */
export function isOnlyNoted(words: readonly string[], options: ProgramOptions): boolean {
  if (options.reads) return false;
  const {undo} = options;
  return isRehearsed(() => ({call: lineOf(words, options), ...(undo !== undefined && {undo})}));
}

function lineOf(words: readonly string[], {input, cwd}: ProgramOptions): string {
  return commandLine(words, {
    ...(typeof input === 'string' && {input}),
    ...(cwd !== undefined && {cwd}),
  });
}

/** How a program ended, whoever ran it. */
export interface ProgramEnd {
  missing: boolean;
  cancelled: boolean;
  timedOut: boolean;
  status: number | undefined;
  signal: string | undefined;
  stdout: string;
  stderr: string;
  cause?: unknown;
}

/** Writes the line of a program's run, for whoever listens. */
export function traceProgram(
  call: Call | undefined,
  words: readonly string[],
  options: ProgramOptions,
  {missing, status, signal}: ProgramEnd,
): void {
  const outcome = missing ? 'not installed' : `status ${status ?? signal ?? 'unknown'}`;
  call?.end(lineOf(words, options), outcome);
}

/** The result of a program that ended well, or the EngineError that says how it did not. */
export function judge(
  program: string,
  args: readonly string[],
  options: ProgramOptions,
  end: ProgramEnd,
): ProgramResult {
  const call = [program, ...args].join(' ');
  if (end.missing) {
    throw new EngineError('program-missing', `cannot run ${program}: it is not installed`, {
      ...(options.install === undefined ? {} : {hint: options.install}),
      cause: end.cause,
    });
  }
  if (end.cancelled) throw new EngineError('cancelled', `${program} was cancelled`, {cause: end.cause});
  if (end.timedOut) {
    throw new EngineError(
      'program-timeout',
      `'${call}' did not end within ${options.timeoutMs ?? defaultTimeoutMs} ms`,
    );
  }
  const {status} = end;
  if (status === undefined || !(options.okStatuses ?? [0]).includes(status)) {
    const how = status === undefined ? `was ended by ${end.signal ?? 'an error'}` : `exited with ${status}`;
    const tail = end.stderr.trim().slice(-stderrTailLength);
    throw new EngineError('program-failed', `'${call}' ${how}${tail === '' ? '' : `: ${tail}`}`, {
      cause: end.cause,
    });
  }
  return {stdout: end.stdout, stderr: end.stderr, status};
}

/** The whole environment of every program, but for what its caller adds. */
export function programEnvironment(added: Record<string, string> = {}): Record<string, string> {
  return {PATH: programPath, LC_ALL: 'C.UTF-8', ...added};
}

/** Debian's administrator path: a person's own PATH (a stray crun in ~/bin) must not decide what root runs. */
export const programPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
