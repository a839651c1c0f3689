// The engine as a part of the machine: what its boot, its shutdown and its service manager ask of it.
import type {ContainerContext} from '../containers/container-context.ts';
import {reconcileContainers} from '../containers/reconcile.ts';
import {type ContainersListener, startAllAtBoot} from '../containers/restart/start-at-boot.ts';
import {stopAllContainers} from '../containers/stop-all.ts';
import {EngineError} from '../errors.ts';
import {isBuiltin} from '../network/builtin-networks.ts';
import {ensureInfrastructure} from '../network/infrastructure.ts';
import {takeDownNetworks} from '../network/links/take-down.ts';
import type {NetworkContext} from '../network/network-context.ts';

export interface SystemListener {
  /** The name of a container that was started or stopped. */
  onContainer?(name: string): void;
  /** One of the failures, which did not keep the rest from being done. */
  onFailure(error: unknown): void;
}

/** `engine.system`. Every method does all it can, tells the listener of failures, and may be called at any time. */
export class SystemEngine {
  readonly #network: NetworkContext;
  readonly #containers: ContainerContext;

  constructor({network, containers}: {network: NetworkContext; containers: ContainerContext}) {
    this.#network = network;
    this.#containers = containers;
  }

  /**
   * The boot: brings back the networks that a person has made, and the containers whose restart policy says so. What runs
   * is left alone. A container that fails is tried again, as its policy says.
   */
  async start(listener: SystemListener): Promise<void> {
    await this.heal(listener);
    const networks = this.#network.networks.list('ready').filter((network) => !isBuiltin(network));
    await ensureInfrastructure(this.#network, networks).catch(listener.onFailure);
    await startAllAtBoot(this.#containers, containersListener('start', listener));
  }

  /**
   * The shutdown: ends all containers. With `networks` nothing of crundle's networks stays on the host; the next container
   * brings back what it needs. What the store holds is on disk when this returns.
   */
  async stop(listener: SystemListener, {networks = false} = {}): Promise<void> {
    await stopAllContainers(this.#containers, containersListener('stop', listener));
    if (networks) await takeDownNetworks(this.#network).catch(listener.onFailure);
    const {markClean} = await import('./in-flight.ts');
    await markClean(this.#containers.roots.dataRoot).catch(listener.onFailure);
  }

  /**
   * Probes containers with a health check for as long as there are any: the one process for the machine that the start of such a
   * container leaves behind. Returns at once when there is one already.
   */
  async checkHealth(): Promise<void> {
    const {checkHealth} = await import('../containers/health/health-checker.ts');
    await checkHealth(this.#containers);
  }

  /** Finishes what killed processes have left, and starts the containers whose restart is overdue. */
  async heal(listener: SystemListener): Promise<void> {
    await reconcileContainers(this.#containers, containersListener('mend', listener).onFailure);
  }
}

function containersListener(verb: string, {onContainer, onFailure}: SystemListener): ContainersListener {
  return {
    onDone: ({name}) => onContainer?.(name),
    onFailure: ({name}, error) => onFailure(named(`cannot ${verb} container ${name}`, error)),
  };
}

// A bug keeps its own class and stack.
function named(task: string, error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  const {code, message, hint} = error;
  return new EngineError(code, `${task}: ${message}`, {cause: error, ...(hint !== undefined && {hint})});
}
