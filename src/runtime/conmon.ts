// conmon, one small process beside each container: it holds the container's streams, writes the log, and says how the
// container ended. This module starts it, has it create the container or an exec process through crun, and undoes
// what was made when that fails. It never waits for a container's end.
//
// A run folder, made here, outlives neither the container nor a reboot:
//   config.json        link to the bundle's (conmon puts its sockets where the bundle is)
//   attach ctl winsz   conmon's socket and FIFOs
//   pid conmon.pid     of the container's first process, of conmon
//   exit/ID            the exit code, written when the container has ended
//   oom                there when the kernel killed a process of the container for want of memory
import {mkdirSync, readFileSync, rmSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {EngineError} from '../errors.ts';
import {readOptionalFile} from '../system/optional-file.ts';
import {identifyProcess, type ProcessIdentity} from '../system/process-identity.ts';
import {isRehearsal, isRehearsed} from '../system/rehearsal.ts';
import {commandLine} from '../system/trace.ts';
import {type ConmonEnd, ConmonProcess, conmonCall} from './conmon-process.ts';
import {containerScope} from './container-scope.ts';
import {Crun, crunProgram} from './crun.ts';
import {crunError} from './crun-error.ts';
import {type LogTarget, prepareLog} from './log-rotation.ts';

/** A file, nowhere, or systemd's journal with the container's name. */
export type LogDestination = LogTarget | 'none' | {journal: string};

export interface CreateOptions {
  /** 64 lower-case hex digits. */
  id: string;
  /** The folder that holds config.json. */
  bundle: string;
  /** Made when it is missing. */
  runFolder: string;
  /** `crun --root`. */
  crunRoot: string;
  terminal: boolean;
  /** Gives the container a standard input that an attached client writes to. Without: /dev/null. */
  openStdin: boolean;
  /** The input ends with the first client that leaves it. Never so with a terminal, which is attached to again. */
  stdinOnce?: boolean;
  log: LogDestination;
  /** Absolute program and arguments, run by conmon when the container has ended and its exit file is there. */
  exitCommand: readonly string[];
  /** The path in the bundle is systemd's: `SLICE:PREFIX:NAME`. */
  systemdCgroup?: boolean;
  /**
   * Makes what crun will need (the rootfs, config.json) while conmon loads, which takes some milliseconds of another
   * processor. The folder `bundle` is there before. When it fails, conmon has done nothing, and its error is thrown.
   */
  prepare?(): void | Promise<void>;
}

export interface Created {
  /** The first process of the container. */
  pid: number;
  /** That process, with its start time; undefined when it is gone already. */
  process: ProcessIdentity | undefined;
  conmon: ProcessIdentity;
  /** Tells this process, without a file or a timer, that conmon is through. */
  conmonEnd: ConmonEnd;
}

/**
 * Creates the container under a new conmon, in its own session: neither a signal from the terminal nor the death of
 * the caller reaches it. The command does not run before `Crun.start`. On failure nothing is left but the run folder.
 *
 * Throws EngineError: 'command-not-found' (exit 127), 'command-not-executable' (126), 'invalid-option' for a missing
 * mount source, 'program-missing', 'program-failed' (125).
 */
export async function createContainer(options: CreateOptions): Promise<Created> {
  const args = createArguments(options);
  prepareRunFolder(options);
  if (typeof options.log === 'object' && 'path' in options.log) prepareLog(options.log);
  if (isRehearsal()) return await rehearseCreate(options, args);
  const conmon = new ConmonProcess(args, options.runFolder, {scope: containerScope('conmon', options.id)});
  try {
    await options.prepare?.();
  } catch (error) {
    conmon.abandon();
    throw error;
  }
  conmon.begin();
  try {
    const answer = await conmon.answer();
    if (answer.data > 0) {
      await conmon.inBackground();
      return {...identify(options.runFolder, answer.data), conmonEnd: conmon.end()};
    }
    throw crunError({
      task: `cannot create container ${options.id.slice(0, 12)}`,
      text: answer.message,
      ...commandOf(options.bundle),
    });
  } catch (error) {
    conmon.close();
    await new Crun(options.crunRoot).delete(options.id, {force: true});
    throw error;
  }
}

// What crun needs is made first: nobody waits for conmon to load.
async function rehearseCreate(options: CreateOptions, args: readonly string[]): Promise<Created> {
  await options.prepare?.();
  const {program, args: all} = conmonCall(args, containerScope('conmon', options.id));
  isRehearsed(() => ({call: commandLine([program, ...all]), isConmon: true}));
  const nobody = {pid: 0, startTime: 0};
  const conmonEnd = {wait: async () => undefined, close: () => undefined};
  return {pid: 0, process: undefined, conmon: nobody, conmonEnd};
}

/** The arguments of conmon for a container. Pure. */
export function createArguments(options: CreateOptions): string[] {
  const {id, runFolder, log, exitCommand} = options;
  const keepInput = options.terminal || options.stdinOnce !== true;
  return [
    ...commonArguments(options.crunRoot, id, id),
    ...['--bundle', runFolder, '--full-attach'],
    ...['--container-pidfile', join(runFolder, 'pid')],
    ...['--conmon-pidfile', join(runFolder, 'conmon.pid')],
    ...['--exit-dir', join(runFolder, 'exit')],
    ...logArguments(log),
    ...(options.systemdCgroup ? ['--systemd-cgroup'] : []),
    ...(options.terminal ? ['--terminal'] : []),
    ...(options.openStdin ? ['--stdin'] : []),
    ...(options.openStdin && keepInput ? ['--leave-stdin-open'] : []),
    ...exitArguments(exitCommand),
  ];
}

export function commonArguments(crunRoot: string, id: string, uuid: string): string[] {
  return [
    ...['--api-version', '1', '--cid', id, '--cuuid', uuid, '--name', uuid],
    ...['--runtime', crunProgram, '--runtime-arg', `--root=${crunRoot}`],
    // Without this the container's end would wait until the log is on the disk.
    ...['--no-sync-log', '--log-level', 'error'],
  ];
}

function logArguments(log: LogDestination): string[] {
  if (log === 'none') return ['--log-path', 'none:'];
  if ('journal' in log) return ['--log-path', 'journald:', '--log-tag', log.journal];
  if (log.path.includes(':')) {
    throw new EngineError(
      'invalid-config',
      `conmon cannot write a log to ${log.path}: the path has a colon`,
      {
        hint: 'choose a data-root without a colon',
        exit: 125,
      },
    );
  }
  const size = log.maxBytes > 0 ? ['--log-size-max', String(log.maxBytes)] : [];
  return ['--log-path', `k8s-file:${log.path}`, ...size];
}

function exitArguments([program, ...rest]: readonly string[]): string[] {
  if (program === undefined) return [];
  return ['--exit-command', program, ...rest.flatMap((argument) => ['--exit-command-arg', argument])];
}

// A container that is started again finds the folder of its last run: the old exit must not be taken for the new one.
function prepareRunFolder({runFolder, bundle, id}: CreateOptions): void {
  mkdirSync(join(runFolder, 'exit'), {recursive: true, mode: 0o700});
  for (const name of ['config.json', 'oom', join('exit', id)]) rmSync(join(runFolder, name), {force: true});
  symlinkSync(join(bundle, 'config.json'), join(runFolder, 'config.json'));
}

/**
 * The conmon of a run folder, if it is alive. For a command that died before it could record what createContainer
 * returned; who has the record asks isAlive.
 */
export function readConmonIdentity(runFolder: string): ProcessIdentity | undefined {
  const pid = Number(readOptionalFile(join(runFolder, 'conmon.pid')) ?? 0);
  const conmon = pid > 0 ? identifyProcess(pid) : undefined;
  // The number may be another program's by now: conmon has the folder among its arguments.
  return conmon && readOptionalFile(`/proc/${pid}/cmdline`)?.split('\0').includes(runFolder)
    ? conmon
    : undefined;
}

function identify(runFolder: string, pid: number): Omit<Created, 'conmonEnd'> {
  const conmon = readConmonIdentity(runFolder);
  if (conmon === undefined) {
    throw new EngineError('program-failed', 'conmon ended as soon as it had created the container', {
      exit: 125,
    });
  }
  return {pid, process: identifyProcess(pid), conmon};
}

function commandOf(bundle: string): {command?: string} {
  const config: unknown = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8'));
  const command = (config as {process?: {args?: unknown[]}}).process?.args?.[0];
  return typeof command === 'string' ? {command} : {};
}
