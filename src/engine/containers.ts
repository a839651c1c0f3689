// The engine's containers: every verb of their life, from create to remove, and conmon's word that one has ended.
import {attachSession, attachToContainer} from '../containers/attach-session.ts';
import {hasLogFile, logLimits} from '../containers/container-log-target.ts';
import {findContainer} from '../containers/container-lookup.ts';
import {containerPaths} from '../containers/container-paths.ts';
import {listContainerProcesses} from '../containers/container-processes.ts';
import type {ContainerSession} from '../containers/container-session.ts';
import type {ContainerStats} from '../containers/container-stats.ts';
import {type ContainerSummary, summarize} from '../containers/container-summary.ts';
import {createContainer} from '../containers/create-container.ts';
import {type ExecOptions, execInContainer} from '../containers/exec-in-container.ts';
import type {ExitStatus} from '../containers/exit-status.ts';
import {finishContainer} from '../containers/finish-container.ts';
import {removeByForce} from '../containers/force-removal.ts';
import {healthOf} from '../containers/health/health-checks.ts';
import {type ContainerInspect, inspectContainer} from '../containers/inspect/container-inspect.ts';
import {type ContainerPort, containerPorts} from '../containers/inspect/network-settings.ts';
import {pauseContainer, refuseIfPaused, unpauseContainer} from '../containers/pause-container.ts';
import {isPaused} from '../containers/pause-state.ts';
import {pruneContainers} from '../containers/prune-containers.ts';
import type {LogOptions} from '../containers/read-container-log.ts';
import {reconcileContainers, settleContainer} from '../containers/reconcile.ts';
import {removeContainer} from '../containers/remove-container.ts';
import {renameContainer} from '../containers/rename-container.ts';
import {restartWhenDue} from '../containers/restart/restart-when-due.ts';
import {type StartRequest, startContainer} from '../containers/start-container.ts';
import {
  killContainer,
  restartContainer,
  type StopOptions,
  stopContainer,
  waitForContainer,
} from '../containers/stop-container.ts';
import {type ContainerUpdate, updateContainer} from '../containers/update-container.ts';
import {EngineError} from '../errors.ts';
import type {LogEntry} from '../runtime/container-log.ts';
import {rotateLog} from '../runtime/log-rotation.ts';
import type {ProcessTable} from '../runtime/ps.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import type {BundleRequest} from './bundles.ts';
import {type CreateOptions, prepareCreation} from './creation.ts';
import type {RunPlan} from './explain.ts';
import type {ImageEngine} from './images.ts';
import type {EngineParts} from './parts.ts';
import {type PruneOptions, pruneFilter} from './prune.ts';
import {tellingRefusal} from './refusals.ts';
import {sizesOf} from './sizes.ts';
import type {StatsOptions} from './stats.ts';

/**
 * The containers of one engine: `engine.containers`. Every method that takes a container takes its name, its id or the
 * beginning of its id, and throws EngineError 'container-not-found' or 'container-ambiguous'.
 */
export class ContainerEngine {
  readonly #parts: EngineParts;
  readonly #images: ImageEngine;

  /** `images` are those of the same engine: what is missing is pulled through them. */
  constructor(parts: EngineParts, images: ImageEngine) {
    this.#parts = parts;
    this.#images = images;
  }

  /**
   * Makes a container; pulls the image when it is missing. `warnings` name options that this machine cannot honour in
   * full. See createContainer for the guarantees and errors.
   */
  async create(request: CreateOptions): Promise<{id: string; warnings: string[]}> {
    const {image, name} = request;
    const attributes = {image, ...(name !== undefined && {name})};
    const refused = {type: 'container', task: 'create', id: '', attributes} as const;
    return await tellingRefusal(this.#parts, refused, async () => await this.#create(request));
  }

  async #create(request: CreateOptions): Promise<{id: string; warnings: string[]}> {
    using prepared = await prepareCreation(this.#parts, this.#images, request);
    const {options} = prepared.creation;
    const id = await createContainer(this.#parts.containers, prepared.creation);
    if (request.signal?.aborted) {
      await removeContainer(this.#parts.containers, id, {volumes: true});
      throw new EngineError('cancelled', 'creating the container was cancelled');
    }
    return {
      id,
      warnings: [...prepared.warnings, ...(await this.#parts.containers.network.warnings(options.network))],
    };
  }

  /** Writes an OCI bundle that crun runs with nothing of crundle. See writeStandaloneBundle. */
  async bundle(request: BundleRequest): Promise<{folder: string; warnings: string[]}> {
    const {writeStandaloneBundle} = await import('./bundles.ts');
    return await writeStandaloneBundle(this.#parts, this.#images, request);
  }

  /** What creating and starting a container would do, none of which is done. See planRun. */
  async explain(request: CreateOptions): Promise<RunPlan> {
    const {planRun} = await import('./explain.ts');
    return await planRun(this.#parts, this.#images, request);
  }

  /** Starts a created or exited container; with `attach`, returns the session that its first output goes to. */
  async start(container: string, options: StartRequest & {attach: true}): Promise<ContainerSession>;
  async start(container: string, options?: StartRequest): Promise<ContainerSession | undefined>;
  async start(container: string, request: StartRequest = {}): Promise<ContainerSession | undefined> {
    const {containers} = this.#parts;
    const found = this.#find(container);
    refuseIfPaused(containers, found, 'cannot start a paused container, try unpause instead');
    const {record, attachment, conmonEnd} = await startContainer(containers, found.id, request);
    return attachment && attachSession(containers, record, {attachment, conmonEnd});
  }

  /** Connects to a running container. See attachToContainer. */
  async attach(container: string): Promise<ContainerSession> {
    return attachToContainer(this.#parts.containers, await this.#settled(container));
  }

  /** Runs another command in a running container. See execInContainer. */
  async exec(container: string, options: ExecOptions): Promise<ContainerSession | undefined> {
    return await execInContainer(this.#parts.containers, await this.#settled(container), options);
  }

  async stop(container: string, options: StopOptions = {}): Promise<void> {
    await stopContainer(this.#parts.containers, await this.#settled(container), options);
  }

  async restart(container: string, options: StopOptions = {}): Promise<void> {
    await restartContainer(this.#parts.containers, await this.#settled(container), options);
  }

  async kill(container: string, signal = 'SIGKILL'): Promise<void> {
    await killContainer(this.#parts.containers, await this.#settled(container), signal);
  }

  /** Stops all processes where they are. Throws EngineError 'container-not-running', 'container-paused'. */
  async pause(container: string): Promise<void> {
    await pauseContainer(this.#parts.containers, (await this.#settled(container)).id);
  }

  /** Throws EngineError 'container-not-paused'. */
  async unpause(container: string): Promise<void> {
    await unpauseContainer(this.#parts.containers, (await this.#settled(container)).id);
  }

  /** See renameContainer. */
  async rename(container: string, name: string): Promise<void> {
    await renameContainer(this.#parts.containers, (await this.#settled(container)).id, name);
  }

  /** Changes limits and restart policy. See updateContainer. */
  async update(container: string, update: ContainerUpdate): Promise<{warnings: string[]}> {
    const {id} = await this.#settled(container);
    return {warnings: await updateContainer(this.#parts.containers, id, update)};
  }

  /** The processes of a running container, as ps shows them with these options; PIDs are those of the host. */
  async top(container: string, psOptions: readonly string[] = []): Promise<ProcessTable> {
    return await listContainerProcesses(this.#parts.containers, await this.#settled(container), psOptions);
  }

  /** What containers use, one list after the other. See readStats. */
  async *stats(options: StatsOptions = {}): AsyncGenerator<ContainerStats[]> {
    const {readStats} = await import('./stats.ts');
    yield* readStats(this.#parts.containers, options);
  }

  /** Waits for the end, and for the clean-up after it. */
  async wait(container: string): Promise<ExitStatus> {
    return await waitForContainer(this.#parts.containers, (await this.#settled(container)).id);
  }

  /** Removes a container; `force` kills it first, `volumes` takes its anonymous volumes too. */
  async remove(container: string, {force = false, volumes = false} = {}): Promise<void> {
    await removeByForce(this.#parts.containers, await this.#settled(container), {force, volumes});
  }

  /** Removes the containers that do not run. See pruneContainers. */
  async prune(options: PruneOptions = {}): Promise<{removed: string[]; bytes: number}> {
    await reconcileContainers(this.#parts.containers);
    return await pruneContainers(this.#parts.containers, pruneFilter(options));
  }

  /** Every container, newest first, as it is now: what ended unseen is recorded first. `sizes` looks at all files. */
  async list({sizes = false} = {}): Promise<ContainerSummary[]> {
    const {containers} = this.#parts;
    await reconcileContainers(containers);
    const overviews = containers.network.overview();
    const records = containers.records.list().filter((record) => record.status !== 'creating');
    return await Promise.all(
      records.map(async (record) =>
        summarize(record, {
          overview: overviews.get(record.id),
          isPaused: isPaused(containers, record),
          health: healthOf(containers, record)?.Status,
          sizes: sizes ? await sizesOf(this.#parts, record) : undefined,
        }),
      ),
    );
  }

  /** Everything about a container, in Docker's fields; `sizes` adds what it has written, and that and its image. */
  async inspect(container: string, {sizes = false} = {}): Promise<ContainerInspect> {
    await reconcileContainers(this.#parts.containers);
    const record = this.#find(container);
    const found = inspectContainer(this.#parts.containers, record);
    if (!sizes) return found;
    const {writtenBytes, totalBytes} = await sizesOf(this.#parts, record);
    return {...found, SizeRw: writtenBytes, SizeRootFs: totalBytes};
  }

  /** The ports of a container that runs, published and exposed; of one that does not, none. */
  async ports(container: string): Promise<ContainerPort[]> {
    const {containers} = this.#parts;
    await reconcileContainers(containers);
    const record = this.#find(container);
    return containerPorts(record, containers.network.facts(record.id).ports);
  }

  /** What the container wrote, oldest first; with `follow`, until it ends. */
  async *logs(container: string, options: LogOptions = {}): AsyncGenerator<LogEntry> {
    const {readContainerLog} = await import('../containers/read-container-log.ts');
    yield* readContainerLog(this.#parts.containers, this.#find(container), options);
  }

  /**
   * For conmon's exit command: cleans up after a container that has ended, and has it started again where its restart
   * policy says so. Unknown ids are no error.
   */
  async cleanup(id: string): Promise<void> {
    // A killed command may have started it anew meanwhile, and what runs is wanted.
    const record = this.#parts.containers.records.get(id);
    if (record) await settleContainer(this.#parts.containers, record);
    await finishContainer(this.#parts.containers, id);
    await restartWhenDue(this.#parts.containers, id);
  }

  // Every command that meets a running container gives its log's generations their names: see docs/decisions/0040.
  #find(text: string): ContainerRecord {
    const {records, roots, config} = this.#parts.containers;
    const record = findContainer(records, text);
    if (record.status === 'running' && hasLogFile(record.options))
      rotateLog(containerPaths(roots, record.id).logFile, logLimits(config, record.options).maxFile);
    return record;
  }

  // The container as it is, not as a killed command or the last boot left its record.
  async #settled(text: string): Promise<ContainerRecord> {
    const settled = await settleContainer(this.#parts.containers, this.#find(text));
    return settled ?? this.#find(text);
  }
}
