// runProgram without execa, for the few programs on the path of every `run`: loading execa takes 25 ms of the first
// call even from the bundle, as long as `crun create`. The same contract and the same errors.
import {Buffer} from 'node:buffer';
import {spawn} from 'node:child_process';
import {
  defaultTimeoutMs,
  isOnlyNoted,
  judge,
  maxOutputBytes,
  type ProgramEnd,
  type ProgramOptions,
  type ProgramResult,
  programEnvironment,
  traceProgram,
} from './program.ts';
import {beginCall} from './trace.ts';

/** As runProgram, but of an output above 16 MiB the rest is dropped. */
export async function runQuickProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  if (isOnlyNoted([program, ...args], options)) return {stdout: '', stderr: '', status: 0};
  const call = beginCall();
  const end = await runToEnd(program, args, options);
  traceProgram(call, [program, ...args], options, end);
  return judge(program, args, options, end);
}

function runToEnd(program: string, args: readonly string[], options: ProgramOptions): Promise<ProgramEnd> {
  const {promise, resolve, reject} = Promise.withResolvers<ProgramEnd>();
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  const child = spawn(program, args, {
    env: programEnvironment(options.env),
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : {cwd: options.cwd}),
  });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  const cancel = () => child.kill('SIGKILL');
  options.signal?.addEventListener('abort', cancel, {once: true});
  if (options.signal?.aborted) cancel();
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  child.stdin?.on('error', () => {
    // A program that does not read its input may end before all is written: its status tells.
  });
  child.stdin?.end(options.input);

  const finish = (status: number | null, signal: string | null, error?: NodeJS.ErrnoException) => {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', cancel);
    if (error !== undefined && error.code !== 'ENOENT' && error.code !== 'EACCES') return reject(error);
    resolve({
      missing: error?.code === 'ENOENT',
      cancelled: options.signal?.aborted === true && status === null,
      timedOut,
      status: status ?? undefined,
      signal: signal ?? error?.code,
      stdout: stdout(),
      stderr: stderr(),
      ...(error === undefined ? {} : {cause: error}),
    });
  };
  child.once('error', (error) => finish(null, null, error));
  child.once('close', (status, signal) => finish(status, signal));
  return promise;
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Uint8Array[] = [];
  let length = 0;
  stream?.on('data', (chunk: Uint8Array) => {
    if (length < maxOutputBytes) chunks.push(chunk);
    length += chunk.length;
  });
  return () => Buffer.concat(chunks).toString();
}
