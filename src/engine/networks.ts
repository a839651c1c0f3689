// The engine's networks: making, listing and removing them, and moving containers on and off them.
import {attachmentTo, type NetworkAttachment} from '../../bundles/network-options.ts';
import type {ContainerContext} from '../containers/container-context.ts';
import {withContainerLock} from '../containers/container-lock.ts';
import {findContainer} from '../containers/container-lookup.ts';
import {reconcileContainers, settleContainer} from '../containers/reconcile.ts';
import {keepRecordCopy} from '../containers/record-copy.ts';
import {EngineError} from '../errors.ts';
import {connectContainer, disconnectContainer} from '../network/connect.ts';
import {reloadNetworks} from '../network/heal.ts';
import type {NetworkContext} from '../network/network-context.ts';
import {createNetwork} from '../network/network-create.ts';
import {networkEvent} from '../network/network-event.ts';
import {
  inspectNetwork,
  listNetworks,
  type NetworkInspect,
  type NetworkSummary,
} from '../network/network-inspect.ts';
import {resolveNetwork} from '../network/network-lookup.ts';
import {pruneNetworks, removeNetwork} from '../network/network-remove.ts';
import type {NetworkRequest} from '../network/network-request.ts';
import {explainPort, type PortExplanation, type PortQuestion} from '../network/ports/explain-port.ts';
import {refusedByHost} from '../network/ports/host-refusals.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {type PruneOptions, pruneFilter} from './prune.ts';

/** How a container is connected. What is left out has Docker's default. */
export type ConnectOptions = Partial<Omit<NetworkAttachment, 'network'>>;

/**
 * The networks of one engine: `engine.networks`. Every method that takes a network takes its name, its id or the
 * beginning of its id, and throws EngineError 'network-not-found' or 'network-ambiguous'.
 */
export class NetworkEngine {
  readonly #network: NetworkContext;
  readonly #containers: ContainerContext;

  constructor({network, containers}: {network: NetworkContext; containers: ContainerContext}) {
    this.#network = network;
    this.#containers = containers;
  }

  /**
   * Makes a network with its bridge. `warnings` name options without effect, and what the host's firewall keeps from its
   * containers. See createNetwork for the errors.
   */
  async create(request: NetworkRequest): Promise<{id: string; warnings: string[]}> {
    const {network, warnings} = await createNetwork(this.#network, request);
    return {id: network.id, warnings: [...warnings, ...(await refusedByHost(this.#network, [network]))]};
  }

  /** Every network, by name. */
  async list(): Promise<NetworkSummary[]> {
    await reconcileContainers(this.#containers);
    return await listNetworks(this.#network);
  }

  async inspect(network: string): Promise<NetworkInspect> {
    await reconcileContainers(this.#containers);
    return await inspectNetwork(this.#network, network);
  }

  /** Throws EngineError 'network-in-use' while a container that runs is on it. */
  async remove(network: string): Promise<void> {
    await reconcileContainers(this.#containers);
    await removeNetwork(this.#network, network);
  }

  /** Removes the networks that no container is attached to; returns their names. */
  async prune(options: PruneOptions = {}): Promise<string[]> {
    await reconcileContainers(this.#containers);
    return await pruneNetworks(this.#network, pruneFilter(options));
  }

  /** Connects a container to a network, at once when it runs. See connectContainer for the errors. */
  async connect(network: string, container: string, options: ConnectOptions = {}): Promise<void> {
    const found = await resolveNetwork(this.#network, network);
    await this.#withContainer(container, async (record) => {
      await connectContainer(this.#network, record, found, {...attachmentTo(network), ...options});
      keepRecordCopy(this.#containers, record.id);
      this.#network.tell(networkEvent('connect', found, {container: record.id}));
    });
  }

  /** Takes a container off a network. `force` is no different: nothing has to agree to it here. */
  async disconnect(network: string, container: string, _options: {force?: boolean} = {}): Promise<void> {
    const found = await resolveNetwork(this.#network, network);
    await this.#withContainer(container, async (record) => {
      const endpoints = this.#network.endpoints.ofContainer(record.id);
      if (!endpoints.some(({networkId}) => networkId === found.id)) {
        throw new EngineError(
          'invalid-option',
          `container ${record.name} is not connected to network ${found.name}`,
          {hint: `'crundle network inspect ${found.name}' lists the containers that are`},
        );
      }
      await disconnectContainer(this.#network, record, found);
      keepRecordCopy(this.#containers, record.id);
      this.#network.tell(networkEvent('disconnect', found, {container: record.id}));
    });
  }

  /** Makes everything on the host anew that containers in use need: bridges, rules, names. Idempotent. */
  async reload(): Promise<void> {
    await reconcileContainers(this.#containers);
    await reloadNetworks(this.#network);
  }

  /** Who can reach a port of this host, and which rule decides. Changes nothing. */
  async explainPort(question: PortQuestion): Promise<PortExplanation> {
    await reconcileContainers(this.#containers);
    return await explainPort(this.#network, question);
  }

  async #withContainer(text: string, action: (record: ContainerRecord) => Promise<void>): Promise<void> {
    const {records, roots} = this.#containers;
    const {id} = findContainer(records, text);
    const found = findContainer(records, id);
    await settleContainer(this.#containers, found);
    await withContainerLock(roots, id, async () => await action(findContainer(records, id)));
  }
}
