// The engine: what commands call and other programs embed. It joins images, storage, containers and volumes, which
// do not know each other. It never prints, reads arguments or exits, and needs nothing to be running.
import {join} from 'node:path';
import type {ContainerOptions} from '../bundles/container-options.ts';
import {type Config, loadConfig} from './config/config.ts';
import type {ContainerSession} from './containers/container-session.ts';
import type {ContainerStats} from './containers/container-stats.ts';
import type {ContainerSummary} from './containers/container-summary.ts';
import type {ExecOptions} from './containers/exec-in-container.ts';
import type {ExitStatus} from './containers/exit-status.ts';
import type {ContainerInspect} from './containers/inspect/container-inspect.ts';
import type {ContainerPort} from './containers/inspect/network-settings.ts';
import type {LogOptions} from './containers/read-container-log.ts';
import {reconcileContainers} from './containers/reconcile.ts';
import type {StopOptions} from './containers/stop-container.ts';
import type {ContainerUpdate} from './containers/update-container.ts';
import {ChangeEngine, type ExportOptions} from './engine/changes.ts';
import type {CheckOptions, CheckProgress, StoreFinding, StoreReport} from './engine/check/report.ts';
import type {CommitOptions} from './engine/commit.ts';
import {ContainerEngine} from './engine/containers.ts';
import type {CreateOptions} from './engine/creation.ts';
import type {DiskUsage} from './engine/disk-usage.ts';
import type {EventFilters} from './engine/event-filter.ts';
import {keepEvents, type RecordedEvent} from './engine/event-log.ts';
import type {EventOptions} from './engine/events.ts';
import type {PlannedStep, RunPlan} from './engine/explain.ts';
import {type CopyFromOptions, type CopyResult, type CopyToOptions, FileEngine} from './engine/files.ts';
import type {ArchiveInput, LoadOptions} from './engine/image-archives.ts';
import type {SaveOptions} from './engine/image-saving.ts';
import {ImageEngine, type ImageHistoryStep, type LoadedImage} from './engine/images.ts';
import type {ImportOptions, ImportSource} from './engine/import.ts';
import {type EngineInfo, readEngineInfo} from './engine/info.ts';
import {journalEvent} from './engine/journal.ts';
import {type ConnectOptions, NetworkEngine} from './engine/networks.ts';
import {type EngineParts, openParts} from './engine/parts.ts';
import type {PruneOptions} from './engine/prune.ts';
import type {PulledImage, PullOptions} from './engine/pull.ts';
import type {PushedImage, PushOptions} from './engine/push.ts';
import {type LoginRequest, RegistryEngine} from './engine/registries.ts';
import type {StatsOptions} from './engine/stats.ts';
import {SystemEngine, type SystemListener} from './engine/system.ts';
import type {SystemPruned, SystemPruneOptions} from './engine/system-prune.ts';
import {VolumeEngine, type VolumeRequest, type VolumeSummary} from './engine/volumes.ts';
import {type EngineEvent, type EventListener, tellAll} from './events.ts';
import type {ImageRemoval} from './images/image-store.ts';
import type {ImageSummary} from './images/image-summary.ts';
import type {ProgressListener} from './images/pull-progress.ts';
import type {ManifestInspection} from './images/registry/manifest-inspection.ts';
import type {FoundRepository} from './images/registry/registry-search.ts';
import type {StoredImage} from './images/stored-image.ts';
import type {NetworkInspect, NetworkSummary} from './network/network-inspect.ts';
import type {NetworkRequest} from './network/network-request.ts';
import type {LogEntry} from './runtime/container-log.ts';
import {EventLog} from './state/event-log.ts';
import type {FileChange} from './storage/changed-files.ts';
import type {Volume} from './volumes/volume-store.ts';

export {defaultPlatform} from './engine/images.ts';
export {parseReference as parseImageName} from './images/reference.ts';
export type {PortExplanation, PortQuestion} from './network/ports/explain-port.ts';
export {traceTo} from './system/trace.ts';
export type {
  ArchiveInput,
  ChangeEngine,
  CheckOptions,
  CheckProgress,
  CommitOptions,
  Config,
  ConnectOptions,
  ContainerEngine,
  ContainerInspect,
  ContainerOptions,
  ContainerPort,
  ContainerSession,
  ContainerStats,
  ContainerSummary,
  ContainerUpdate,
  CopyFromOptions,
  CopyResult,
  CopyToOptions,
  CreateOptions,
  DiskUsage,
  EngineEvent,
  EngineInfo,
  EventFilters,
  EventListener,
  EventOptions,
  ExecOptions,
  ExitStatus,
  ExportOptions,
  FileChange,
  FileEngine,
  FoundRepository,
  ImageEngine,
  ImageHistoryStep,
  ImageRemoval,
  ImageSummary,
  ImportOptions,
  ImportSource,
  LoadedImage,
  LoadOptions,
  LogEntry,
  LoginRequest,
  LogOptions,
  ManifestInspection,
  NetworkEngine,
  NetworkInspect,
  NetworkRequest,
  NetworkSummary,
  PlannedStep,
  ProgressListener,
  PruneOptions,
  PulledImage,
  PullOptions,
  PushedImage,
  PushOptions,
  RecordedEvent,
  RegistryEngine,
  RunPlan,
  SaveOptions,
  StatsOptions,
  StopOptions,
  StoredImage,
  StoreFinding,
  StoreReport,
  SystemEngine,
  SystemListener,
  SystemPruned,
  SystemPruneOptions,
  Volume,
  VolumeEngine,
  VolumeRequest,
  VolumeSummary,
};

export interface EngineOptions {
  /** Default: what loadConfig reads. */
  config?: Config;
  /** The program, with first arguments, that is `crundle` for conmon to call when a container ends. */
  program?: readonly string[];
  /** Hears of what this engine does, after it is done; what other processes do it does not hear: see `events`. */
  onEvent?: EventListener;
  /** Tell the systemd journal too, if there is one (docs/journal.md). Default true. */
  journal?: boolean;
}

/**
 * One engine over one data root. Any number of them, in any number of processes, may work on it at once. Close it, or
 * use `await using`.
 */
export class Engine implements AsyncDisposable {
  readonly images: ImageEngine;
  readonly containers: ContainerEngine;
  readonly changes: ChangeEngine;
  readonly files: FileEngine;
  readonly networks: NetworkEngine;
  readonly volumes: VolumeEngine;
  readonly registries: RegistryEngine;
  readonly system: SystemEngine;
  readonly #parts: EngineParts;
  readonly #eventLog: EventLog;

  private constructor(parts: EngineParts, eventLog: EventLog) {
    this.images = new ImageEngine(parts);
    this.containers = new ContainerEngine(parts, this.images);
    this.changes = new ChangeEngine(parts);
    this.files = new FileEngine(parts);
    this.networks = new NetworkEngine({network: parts.networks, containers: parts.containers});
    this.volumes = new VolumeEngine(parts);
    this.registries = new RegistryEngine(parts.config);
    this.system = new SystemEngine({network: parts.networks, containers: parts.containers});
    this.#parts = parts;
    this.#eventLog = eventLog;
  }

  /** Throws EngineError 'invalid-config', 'permission-denied' for anyone but root, 'state-newer', 'state-damaged'. */
  static async open({
    config = loadConfig(),
    program = defaultProgram(),
    onEvent,
    journal = true,
  }: EngineOptions = {}): Promise<Engine> {
    const eventLog = new EventLog(join(config.dataRoot, 'events'));
    const listeners = [
      keepEvents(eventLog),
      ...(journal ? [journalEvent] : []),
      ...(onEvent ? [onEvent] : []),
    ];
    return new Engine(await openParts(config, program, tellAll(listeners)), eventLog);
  }

  /**
   * Compares the store of a configuration with what it says of itself, and with `repair` mends it. Needs no open engine, which a damaged
   * database or index would not give. See checkStore for the errors.
   */
  static async check(options: CheckOptions = {}, config: Config = loadConfig()): Promise<StoreReport> {
    const {checkStore} = await import('./engine/check/check-store.ts');
    return await checkStore(options, config);
  }

  get config(): Config {
    return this.#parts.config;
  }

  close(): void {
    this.#parts.state.close();
    this.#eventLog.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }

  /**
   * What every process that works on this data root tells of, in the order in which it was told: with `since`, or with
   * `until` alone, from what is kept (the last four megabytes at least), then as it happens, until `until`, an abort, or a
   * `break`. Throws EngineError 'invalid-option' for a filter that there is not, or a `since` after `until`.
   */
  async *events(options: EventOptions = {}): AsyncGenerator<RecordedEvent> {
    const {readEvents} = await import('./engine/events.ts');
    yield* readEvents(this.#eventLog.folder, options);
  }

  /** What images, containers and volumes take on the disk. Looks at every file that containers and volumes have. */
  async diskUsage(): Promise<DiskUsage> {
    const {readDiskUsage} = await import('./engine/disk-usage.ts');
    return await readDiskUsage(this.#parts, this);
  }

  /** Removes what nobody uses, of every kind. See the `prune` of each. */
  async prune(options: SystemPruneOptions = {}): Promise<SystemPruned> {
    const {pruneSystem} = await import('./engine/system-prune.ts');
    return await pruneSystem(this, options);
  }

  async info(): Promise<EngineInfo> {
    await reconcileContainers(this.#parts.containers);
    return await readEngineInfo(this.#parts);
  }
}

// In a checkout and in the package alike, the launcher lies beside the folder of this module. conmon keeps its path for as long
// as a container runs: the paths of Node.js and of the bundle may be other ones after an upgrade, the launcher's may not.
function defaultProgram(): readonly string[] {
  return [join(import.meta.dirname, '..', 'bin', 'crundle')];
}
