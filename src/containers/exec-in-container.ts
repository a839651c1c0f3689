// `exec`: another process in a running container.
import {randomBytes} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {buildExecProcess} from '../../bundles/exec-process.ts';
import {EngineError} from '../errors.ts';
import type {ContainerAction} from '../events.ts';
import {parseRuntimeConfig} from '../oci/runtime-config-json.ts';
import {execAttached, execDetached} from '../runtime/exec-process.ts';
import type {ExecSession} from '../runtime/exec-session.ts';
import {execDetachedOnTerminal, execOnTerminal} from '../runtime/exec-terminal.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {readHostFacts} from '../system/host-facts.ts';
import {lookUpUser} from './bundle-writer.ts';
import {checkProgram} from './check-program.ts';
import type {ContainerContext} from './container-context.ts';
import {routineEvent} from './container-event.ts';
import {containerPaths} from './container-paths.ts';
import type {ContainerSession} from './container-session.ts';
import {refuseIfPaused} from './pause-container.ts';

export interface ExecOptions {
  command: string[];
  /** `NAME=value`, over the container's own. */
  env: string[];
  /** Default: the container's. */
  workingDir?: string;
  /** As for a container. Default: the container's. */
  user?: string;
  tty: boolean;
  openStdin: boolean;
  privileged: boolean;
  /** Leave it running by itself: no session. */
  detach: boolean;
}

/**
 * Runs a command beside the container's own. Returns its session, or undefined when detached. Throws EngineError
 * 'container-not-running', 'container-paused', 'user-not-found', and what checkProgram throws; the session's exit rejects with
 * 'command-not-found' (exit 127) or 'command-not-executable' (126), which a detached one throws at once.
 */
export async function execInContainer(
  context: ContainerContext,
  record: ContainerRecord,
  options: ExecOptions,
): Promise<ContainerSession | undefined> {
  if (record.status === 'restarting') {
    throw new EngineError(
      'container-not-running',
      `container ${record.name} is restarting, wait until the container is running`,
    );
  }
  if (record.status !== 'running' || !record.process) {
    throw new EngineError('container-not-running', `container ${record.name} is not running`, {
      hint: `'crundle start ${record.name}' starts it`,
    });
  }
  const {name} = record;
  refuseIfPaused(context, record, `container ${name} is paused, unpause the container before exec`);
  const {configFile, runFolder} = containerPaths(context.roots, record.id);
  const config = parseRuntimeConfig(await readFile(configFile, 'utf8'));
  const user =
    options.user === undefined
      ? undefined
      : lookUpUser(context, rootOf(record.process.pid), {
          user: options.user,
          groupAdd: record.options.groupAdd,
        });
  const execId = randomBytes(32).toString('hex');
  const request = {
    id: record.id,
    crunRoot: context.crun.root,
    execFolder: join(runFolder, 'exec', execId.slice(0, 12)),
    openStdin: options.openStdin,
    process: buildExecProcess({
      config,
      command: options.command,
      env: options.env,
      tty: options.tty,
      privileged: options.privileged,
      host: readHostFacts(),
      ...(user && {user}),
      ...(options.workingDir !== undefined && {workingDir: options.workingDir}),
    }),
  };
  checkProgram(context, {pid: record.process.pid, command: options.command, process: request.process});
  // Docker has the words as they are, with a blank between a command and no arguments too.
  const [program = '', ...args] = options.command;
  const line = `${program} ${args.join(' ')}`;
  const tell = (action: ContainerAction, details = {}) =>
    context.tell(routineEvent(action, record, {execID: execId, ...details}));
  tell(`exec_create: ${line}`);
  tell(`exec_start: ${line}`);
  if (options.detach) {
    await (options.tty ? execDetachedOnTerminal(request) : execDetached(request));
    return undefined;
  }
  const session = options.tty ? await execOnTerminal(request) : execAttached(request);
  session.exit.then(
    ({exitCode}) => tell('exec_die', {exitCode: String(exitCode)}),
    () => undefined, // it never ran
  );
  return asContainerSession(execId, session);
}

function asContainerSession(id: string, session: ExecSession): ContainerSession {
  return {...session, id, signal: async (name) => void session.signal(name as NodeJS.Signals)};
}

// What the container sees as '/', with whatever it has mounted over its own files.
function rootOf(pid: number): string {
  return `/proc/${pid}/root`;
}
