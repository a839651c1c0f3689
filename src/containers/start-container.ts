// `start`: from a created or exited container to a running one, or back to what it was when a step fails.
import {existsSync, rmSync, writeFileSync} from 'node:fs';
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {EngineError} from '../errors.ts';
import type {RuntimeConfig} from '../oci/runtime-spec.ts';
import {type Attachment, attach} from '../runtime/attach.ts';
import {type Created, createContainer as createInRuntime} from '../runtime/conmon.ts';
import type {ConmonEnd} from '../runtime/conmon-process.ts';
import {endRestartWaiter} from '../runtime/restart-waiter.ts';
import type {ContainerChange, ContainerRecord} from '../state/container-record.ts';
import {removeCgroup} from '../system/cgroup.ts';
import {writeBundle} from './bundle-writer.ts';
import {checkProgram} from './check-program.ts';
import {containerCgroup} from './container-cgroup.ts';
import type {ContainerContext} from './container-context.ts';
import {containerEvent, routineEvent, tellPlugged, tellRefused, tellUnplugged} from './container-event.ts';
import {attendContainer, exitCommand, withContainerLock} from './container-lock.ts';
import {logDestination} from './container-log-target.ts';
import {containerPaths} from './container-paths.ts';
import {refuseIfViewed} from './container-viewers.ts';
import {finishLocked} from './finish-container.ts';
import {beginHealthChecks} from './health/health-checks.ts';
import {checkFlatMounts} from './mounts/flat-mounts.ts';
import {checkSubpaths} from './mounts/volume-subpath.ts';
import {awaitRestart, laterCommand} from './restart/later-command.ts';
import {isBootsBusiness, planRestart} from './restart/restart-policy.ts';

/**
 * Who starts: a `person`, who is told of a failure; its restart `policy`, or the `boot`, which go on trying. All but the
 * policy begin the count of restarts anew.
 */
export type StartCause = 'person' | 'policy' | 'boot';

export interface StartRequest {
  /** Connect to its streams first. Default false. */
  attach?: boolean;
  /** Hears of what may keep the command from running, before it does. */
  onWarning?: ((text: string) => void) | undefined;
}

export interface StartOptions extends StartRequest {
  /** Default: a person. */
  cause?: StartCause;
}

export interface StartedContainer {
  record: ContainerRecord;
  /** Made before the first instruction ran, so that no output is missed. Only when asked for. */
  attachment: Attachment | undefined;
  /** The quickest news of the container's end. Only with an attachment to a container that was started here. */
  conmonEnd: ConmonEnd | undefined;
}

/**
 * Starts a container; with `attach`, connects to its streams first. Starting a running container does nothing
 * but attach, as under Docker. On failure the container is as it was, with the reason in its record. Throws
 * EngineError: 'container-removing', 'container-not-found', 'state-busy' while its files are copied, and what mounting, bundles, checkProgram and crun throw
 * ('command-not-found' …).
 */
export async function startContainer(
  context: ContainerContext,
  id: string,
  options: StartOptions,
): Promise<StartedContainer> {
  // Keeps conmon's exit command waiting until the record says 'running', whatever the container does meanwhile.
  using _attendant = await attendContainer(context.roots, id);
  return await withContainerLock(context.roots, id, () => startLocked(context, id, options));
}

/** As startContainer, for a caller that attends and holds the container's lock. */
export async function startLocked(
  context: ContainerContext,
  id: string,
  {attach: attached = false, cause = 'person', onWarning}: StartOptions,
): Promise<StartedContainer> {
  await finishLocked(context, id);
  const record = startable(context, id);
  const {folder, runFolder, doubtsFile} = containerPaths(context.roots, id);
  if (attached) context.tell(routineEvent('attach', record));
  if (record.status === 'running') {
    return {record, attachment: attached ? attach(`${runFolder}/attach`) : undefined, conmonEnd: undefined};
  }
  if (record.status === 'restarting') endRestartWaiter(runFolder, id);
  if (!existsSync(folder)) throw refuseWithoutFolder(context, record);
  context.records.move(id, 'starting', {error: undefined, restartAt: undefined, ...restartsAfter(cause)});
  let attachment: Attachment | undefined;
  let created: Created | undefined;
  try {
    await refuseIfViewed(context.roots, record);
    let config: RuntimeConfig | undefined;
    ({created, config} = await createProcess(context, record, cause));
    tellPlugged(context, record);
    checkSubpaths(context, record, created.pid);
    checkFlatMounts(record, created.pid);
    if (config) {
      const {pid} = created;
      const place = {pid, command: record.command, process: config.process};
      const warnings = checkProgram(context, place);
      for (const warning of warnings) onWarning?.(warning);
      if (warnings.length > 0) writeFileSync(doubtsFile, warnings.join('; '));
    }
    if (attached) attachment = attach(`${runFolder}/attach`);
    else created.conmonEnd.close();
    await context.crun.start(id);
    context.records.move(
      id,
      'running',
      {
        process: created.process,
        conmon: created.conmon,
        startedAt: new Date(),
        finishedAt: undefined,
        exitCode: undefined,
        oomKilled: false,
      },
      {durable: cause === 'person' && isBootsBusiness(record)},
    );
    await beginHealthChecks(context, context.records.get(id) ?? record);
    context.tell(containerEvent('start', record));
  } catch (error) {
    attachment?.close();
    created?.conmonEnd.close();
    await undoStart(context, record, {reason: error, cause});
    if (created) tellUnplugged(context, record);
    throw error;
  }
  const conmonEnd = attached ? created.conmonEnd : undefined;
  return {record: context.records.get(id) ?? record, attachment, conmonEnd};
}

function restartsAfter(cause: StartCause): ContainerChange {
  return cause === 'policy' ? {} : {restartCount: 0, restartDelayMs: 0, stoppedBy: undefined};
}

function startable(context: ContainerContext, id: string): ContainerRecord {
  const record = context.records.get(id);
  if (!record || record.status === 'creating') {
    throw new EngineError('container-not-found', `no such container: ${id}`);
  }
  if (record.status === 'removing') {
    throw new EngineError('container-removing', `container ${record.name} is being removed`, {
      hint: `'crundle rm ${record.name}' finishes a removal that was interrupted`,
    });
  }
  return record;
}

// What is gone does not come back: unlike any other failure, no policy tries this one again.
function refuseWithoutFolder(context: ContainerContext, record: ContainerRecord): EngineError {
  const error = new EngineError(
    'container-damaged',
    `the files of container ${record.name} are gone from ${containerPaths(context.roots, record.id).folder}`,
    {hint: `remove it with 'crundle rm ${record.name}', and make it anew`},
  );
  tellRefused(context, record, error);
  if (record.status === 'restarting')
    context.records.move(record.id, 'exited', {error: error.message, restartAt: undefined});
  return error;
}

async function createProcess(
  context: ContainerContext,
  record: ContainerRecord,
  cause: StartCause,
): Promise<{created: Created; config: RuntimeConfig | undefined}> {
  const {folder, runFolder, configFile} = containerPaths(context.roots, record.id);
  // A conmon whose starter is killed goes on: with the last run's it would make the container in the bare folder of its root.
  rmSync(configFile, {force: true});
  const {options} = record;
  const cgroup = containerCgroup(context.config, record);
  let config: RuntimeConfig | undefined;
  const request = {
    id: record.id,
    bundle: folder,
    runFolder,
    crunRoot: context.crun.root,
    terminal: options.tty,
    openStdin: options.openStdin,
    stdinOnce: options.stdinOnce,
    log: logDestination(context, record),
    exitCommand: exitCommand(context.roots, record.id, laterCommand(context, record.id)),
    systemdCgroup: cgroup.bySystemd,
    async prepare() {
      // Right before the mount: a repair marks a layer first, and looks at mounts before it replaces it.
      context.rootfs.refuseDamaged(record);
      const rootfs = context.rootfs.mount(folder, record.chainIds);
      const networking = await context.network.setUp(record);
      config = await writeBundle(context, record, rootfs, {networking, makesSources: cause === 'person'});
    },
  };
  try {
    const created = await createInRuntime(request);
    if (config) context.seccompFilters.keep(config, join(context.crun.root, record.id));
    return {created, config};
  } catch (error) {
    // crun leaves its cgroups behind when the kernel takes one of the limits amiss.
    if (!cgroup.bySystemd) await removeCgroup(cgroup.path);
    throw error;
  }
}

async function undoStart(
  context: ContainerContext,
  record: ContainerRecord,
  {reason, cause}: {reason: unknown; cause: StartCause},
): Promise<void> {
  await releaseProcess(context, record.id);
  const exitCode = reason instanceof EngineError ? reason.oclif.exit : 128;
  const error = reason instanceof Error ? reason.message : String(reason);
  const end = {exitCode, error, process: undefined, conmon: undefined};
  tellRefused(context, record, reason);
  if (cause !== 'person' && planAnother(context, record.id, end)) return;
  context.records.move(record.id, record.status === 'created' ? 'created' : 'exited', end);
}

/** After a start that failed, or was cut short: true when its restart policy has it tried again. */
export function planAnother(
  context: ContainerContext,
  id: string,
  end: ContainerChange & {exitCode: number},
): boolean {
  const record = context.records.get(id);
  const restart = record && planRestart(record, {exitCode: end.exitCode, ranMs: 0});
  if (!restart) return false;
  context.records.move(id, 'restarting', {...end, ...restart, finishedAt: new Date()});
  awaitRestart(context, id, restart.restartDelayMs);
  return true;
}

/** Undoes what a start has made, in reverse. Each step also works when what it undoes was never reached. */
export async function releaseProcess(context: ContainerContext, id: string): Promise<void> {
  const {folder, runFolder} = containerPaths(context.roots, id);
  await context.crun.delete(id, {force: true});
  context.rootfs.unmount(folder);
  await context.network.tearDown(id);
  await rm(runFolder, {recursive: true, force: true});
}
