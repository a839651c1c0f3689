// `exec` without a terminal: `crun exec` as a child with three pipes, and no conmon beside it. Whoever kills the caller
// closes the pipes, nothing more.
import {Buffer} from 'node:buffer';
import {type ChildProcess, spawn} from 'node:child_process';
import {readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import type {Readable} from 'node:stream';
import {setTimeout as sleep} from 'node:timers/promises';
import {EngineError, errnoOf} from '../errors.ts';
import {readOptionalFile} from '../system/optional-file.ts';
import {programEnvironment} from '../system/program.ts';
import {beginCall, commandLine} from '../system/trace.ts';
import type {OutputChunk} from './attach.ts';
import {crunProgram} from './crun.ts';
import {crunError} from './crun-error.ts';
import {commandOf, type ExecOptions, type ExecSession, writeProcessSpec} from './exec-session.ts';
import {mergeStreams} from './merge-streams.ts';

/** Runs the process attached. */
export function execAttached(options: ExecOptions): ExecSession {
  const {execFolder, openStdin} = options;
  const child = spawnExec(options, [], [openStdin ? 'pipe' : 'ignore', 'pipe', 'pipe']);
  const exit = ended(child).then((status) => {
    const error = crunFailure(options, status);
    rmSync(execFolder, {recursive: true, force: true});
    if (error) throw error;
    return {exitCode: status, oomKilled: false};
  });
  const crunFailed = exit.then(
    () => false,
    () => true,
  );
  child.stdin?.on('error', () => {
    // The process has ended or closed its input: what comes after that is dropped.
  });
  return {
    tty: false,
    output: withoutCrunsWords(crunFailed, mergeStreams(child.stdout as Readable, child.stderr as Readable)),
    write: (data) => writeTo(child, data),
    closeInput: () => child.stdin?.end(),
    resize: () => undefined,
    signal: (name) => signalProcess(options, name),
    close() {
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
      child.unref();
    },
    exit,
  };
}

/** Runs the process with nothing attached; resolves when it runs. Throws as `exit` of an attached one rejects. */
export async function execDetached(options: ExecOptions): Promise<void> {
  const child = spawnExec(options, ['--detach'], ['ignore', 'ignore', 'ignore']);
  const error = crunFailure(options, await ended(child));
  rmSync(options.execFolder, {recursive: true, force: true});
  if (error) throw error;
}

const complaintMs = 20;
const knownComplaintMs = 1000;

type Stdio = 'pipe' | 'ignore';

function spawnExec(
  options: ExecOptions,
  flags: readonly string[],
  stdio: [Stdio, Stdio, Stdio],
): ChildProcess {
  const spec = writeProcessSpec(options, false);
  const args = [
    ...['--root', options.crunRoot, '--log', logPath(options)],
    ...['exec', ...flags, '--pid-file', join(options.execFolder, 'pid'), '--process', spec, options.id],
  ];
  const call = beginCall();
  // A session of its own: ctrl-C ends the caller, and the process reads the end of its input.
  const child = spawn(crunProgram, args, {stdio, detached: true, env: programEnvironment()});
  child.once('exit', (status) => call?.end(commandLine([crunProgram, ...args]), `status ${status}`));
  return child;
}

function ended(child: ChildProcess): Promise<number> {
  const {promise, resolve, reject} = Promise.withResolvers<number>();
  child.once('exit', (status) => resolve(status ?? 255));
  child.once('error', (error) => {
    if (errnoOf(error) !== 'ENOENT') return reject(error);
    reject(
      new EngineError('program-missing', `cannot run ${crunProgram}: it is not installed`, {
        hint: 'install it with: apt install crun',
        cause: error,
      }),
    );
  });
  return promise;
}

function logPath({execFolder}: ExecOptions): string {
  return join(execFolder, 'crun.log');
}

// crun logs only what keeps it from running the process, so that a log with text tells crun's status from the command's.
function crunFailure(options: ExecOptions, status: number): EngineError | undefined {
  const text = status === 0 ? '' : (readOptionalFile(logPath(options)) ?? '');
  if (text === '') return undefined;
  const task = `cannot run a command in container ${options.id.slice(0, 12)}`;
  return crunError({task, text, ...commandOf(options.process)});
}

// crun's complaint comes on standard error too, where only the command may speak, before it is in the log. So the first
// words wait for a moment, and words that crun is known for wait longer: a crun that complains has ended by then.
async function* withoutCrunsWords(
  crunFailed: Promise<boolean>,
  chunks: AsyncIterable<OutputChunk>,
): AsyncGenerator<OutputChunk> {
  let first = true;
  for await (const chunk of chunks) {
    if (first && chunk.stream === 'stderr' && (await isComplaint(crunFailed, chunk.data))) return;
    first = false;
    yield chunk;
  }
}

async function isComplaint(crunFailed: Promise<boolean>, data: Uint8Array): Promise<boolean> {
  const text = Buffer.from(data).toString();
  const isKnown = crunError({task: '', text}).code !== 'program-failed';
  const timeout = new AbortController();
  const timer = sleep(isKnown ? knownComplaintMs : complaintMs, false, {signal: timeout.signal});
  // The timer that lost must not keep the process alive.
  return await Promise.race([crunFailed, timer]).finally(() => {
    timer.catch(() => undefined);
    timeout.abort();
  });
}

function writeTo(child: ChildProcess, data: Uint8Array): Promise<void> {
  const {promise, resolve} = Promise.withResolvers<void>();
  if (child.stdin?.writable !== true) return Promise.resolve();
  child.stdin.write(data, () => resolve());
  return promise;
}

function signalProcess({execFolder}: ExecOptions, name: NodeJS.Signals): boolean {
  try {
    return process.kill(Number(readFileSync(join(execFolder, 'pid'), 'latin1')), name);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ESRCH') return false;
    throw error;
  }
}
