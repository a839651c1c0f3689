// `exec -t`: conmon holds the terminal of the process, as it does for a container's first one, so that window size,
// detaching and input work in the same way.
import {rmSync} from 'node:fs';
import {basename, join} from 'node:path';
import {EngineError, errnoOf} from '../errors.ts';
import {readOptionalFile} from '../system/optional-file.ts';
import {type Attachment, attach} from './attach.ts';
import {commonArguments} from './conmon.ts';
import {ConmonProcess} from './conmon-process.ts';
import {containerScope} from './container-scope.ts';
import {crunError} from './crun-error.ts';
import {commandOf, type ExecOptions, type ExecSession, writeProcessSpec} from './exec-session.ts';
import {resizeTerminal} from './terminal-size.ts';

/** Runs the process on a terminal, attached from its first byte on. Throws as `exit` of an ExecSession rejects. */
export async function execOnTerminal(options: ExecOptions): Promise<ExecSession> {
  const {execFolder, openStdin} = options;
  const {conmon, pid, attachment} = await startConmon(options, true);
  if (!attachment) throw new Error('an attachable conmon has no attachment');
  return {
    tty: true,
    output: attachment.output,
    write: (data) => (openStdin ? attachment.write(data) : Promise.resolve()),
    closeInput: () => attachment.closeInput(),
    resize: (size) => resizeTerminal(join(execFolder, 'ctl'), size),
    signal: (name) => kill(pid, name),
    close() {
      attachment.close();
      conmon.close();
      rmSync(logPath(options), {force: true});
    },
    exit: exitOf(conmon, options),
  };
}

/** The same with nothing attached: `exec -d -t`. Resolves when the process runs. */
export async function execDetachedOnTerminal(options: ExecOptions): Promise<void> {
  const {conmon} = await startConmon(options, false);
  conmon.close();
  rmSync(logPath(options), {force: true});
}

interface Started {
  conmon: ConmonProcess;
  pid: number;
  attachment: Attachment | undefined;
}

async function startConmon(options: ExecOptions, attached: boolean): Promise<Started> {
  const {execFolder} = options;
  const spec = writeProcessSpec(options, true);
  const conmon = new ConmonProcess(execArguments(options, spec, attached), execFolder, {
    scope: containerScope('exec', options.id),
    attachable: attached,
  });
  let attachment: Attachment | undefined;
  conmon.begin();
  try {
    if (attached && (await conmon.attachable())) {
      attachment = attach(join(execFolder, 'attach'));
      conmon.go();
    }
    const answer = await conmon.answer();
    if (answer.data > 0) return {conmon, pid: answer.data, attachment};
    throw new EngineError('program-failed', answer.message);
  } catch (failure) {
    const error = crunFailure(options) ?? failure;
    conmon.close();
    attachment?.close();
    rmSync(execFolder, {recursive: true, force: true});
    rmSync(logPath(options), {force: true});
    throw error;
  }
}

// conmon's second answer is the exit code; conmon that was killed gives none.
async function exitOf(
  conmon: ConmonProcess,
  options: ExecOptions,
): Promise<{exitCode: number; oomKilled: boolean}> {
  const exitCode = await conmon.answer().then(
    (answer) => answer.data,
    () => 255,
  );
  const failure = exitCode === 0 ? undefined : crunFailure(options);
  rmSync(logPath(options), {force: true});
  if (failure) throw failure;
  return {exitCode, oomKilled: false};
}

// crun logs only what keeps it from running the process.
function crunFailure(options: ExecOptions): EngineError | undefined {
  const text = readOptionalFile(logPath(options)) ?? '';
  const task = `cannot run a command in container ${options.id.slice(0, 12)}`;
  return text === '' ? undefined : crunError({task, text, ...commandOf(options.process)});
}

// Beside the folder, which conmon removes at the end.
function logPath({execFolder}: ExecOptions): string {
  return `${execFolder}.log`;
}

/** The arguments of conmon for a process on a terminal. Pure. */
export function execArguments(options: ExecOptions, spec: string, attached: boolean): string[] {
  const {id, crunRoot, execFolder, openStdin} = options;
  return [
    ...commonArguments(crunRoot, id, basename(execFolder)),
    ...['--runtime-arg', `--log=${logPath(options)}`],
    ...['--exec', '--exec-process-spec', spec, '--terminal'],
    ...(attached ? ['--exec-attach'] : []),
    ...(openStdin ? ['--stdin', '--leave-stdin-open'] : []),
    ...['--bundle', execFolder, '--full-attach'],
    ...['--container-pidfile', join(execFolder, 'pid')],
    ...['--conmon-pidfile', join(execFolder, 'conmon.pid')],
    ...['--exit-dir', execFolder, '--log-path', 'none:'],
    // The caller may have left by the time the process ends.
    ...['--exit-command', '/bin/rm', '--exit-command-arg', '-rf', '--exit-command-arg', execFolder],
  ];
}

function kill(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
    throw error;
  }
}
