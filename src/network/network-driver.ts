// The networks of containers as their lifecycle sees them: what `create`, `start` and the end of a container call.
import type {NetworkNamespace} from '../../bundles/bundle-input.ts';
import type {NetworkAttachment, NetworkChoice} from '../../bundles/network-options.ts';
import type {IpAddress} from '../addresses/ip-address.ts';
import {EngineError} from '../errors.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import type {NewEndpoint} from '../state/endpoint-records.ts';
import type {NetworkRecord} from '../state/network-records.ts';
import {checkAttachment} from './attachment-checks.ts';
import {activeAttachments, attachmentsOf, networksOfRun, newEndpoint} from './attachments.ts';
import {ensureDefaultNetwork} from './builtin-networks.ts';
import {setUpContainerNetwork, tearDownContainerNetwork} from './container-network.ts';
import {healNetworks} from './heal.ts';
import {interfaceNames} from './links/bridge-links.ts';
import {namespaceExists, namespacePath} from './links/network-namespace.ts';
import {syncContainerNames} from './names/container-names.ts';
import {containerResolvConf} from './names/host-resolvers.ts';
import type {NetworkContext} from './network-context.ts';
import {networkEvent} from './network-event.ts';
import {networkFacts, networkOverview} from './network-facts.ts';
import {findNetwork} from './network-lookup.ts';
import {defaultNetworkName} from './network-options.ts';
import {refusedByHost} from './ports/host-refusals.ts';

export interface ContainerNetworking {
  namespace: NetworkNamespace;
  sysctls: Record<string, string>;
  addresses: readonly IpAddress[];
  resolvConf: string;
  sharedWith?: string;
}

export class ContainerNetworks {
  readonly #context: NetworkContext;

  constructor(context: NetworkContext) {
    this.#context = context;
  }

  async attach(containerId: string, choice: NetworkChoice): Promise<void> {
    if (choice.kind !== 'networks' || this.#isSwitchedOff(choice)) return;
    const endpoints: NewEndpoint[] = [];
    for (const [position, attachment] of choice.attachments.entries()) {
      const network = await this.#networkFor(attachment);
      checkAttachment(network, attachment);
      endpoints.push(newEndpoint(containerId, network, attachment, position));
    }
    this.#context.endpoints.insert(endpoints);
  }

  // With "bridge": "none" a container that asks for nothing has no network, as under Docker.
  #isSwitchedOff({attachments}: {attachments: NetworkAttachment[]}): boolean {
    const [only, ...more] = attachments;
    return (
      this.#context.config.bridge === 'none' && more.length === 0 && only?.network === defaultNetworkName
    );
  }

  async #networkFor({network}: NetworkAttachment): Promise<NetworkRecord> {
    const isDefault = network === defaultNetworkName || network === 'default';
    return isDefault ? await ensureDefaultNetwork(this.#context) : findNetwork(this.#context, network);
  }

  async warnings(choice: NetworkChoice): Promise<string[]> {
    if (choice.kind !== 'networks') return [];
    const names = interfaceNames();
    const networks = choice.attachments.flatMap(
      ({network}) => this.#context.networks.findByName(network) ?? [],
    );
    return await refusedByHost(
      this.#context,
      networks.filter(({bridge}) => !names.has(bridge)),
    );
  }

  async setUp(container: ContainerRecord): Promise<ContainerNetworking> {
    const {network} = container.options;
    const plain = {sysctls: {}, addresses: [], resolvConf: this.#resolvConf(container)};
    if (network.kind === 'container') return {...plain, ...this.#share(network.container)};
    if (network.kind === 'host') return {...plain, namespace: {kind: 'host'}};
    if (this.#context.endpoints.ofContainer(container.id).length === 0)
      return {...plain, namespace: {kind: 'own'}};
    const {namespace, ...rest} = await setUpContainerNetwork(this.#context, container);
    return {...plain, ...rest, namespace: {kind: 'path', path: namespace}};
  }

  #resolvConf({id, options}: ContainerRecord): string {
    return containerResolvConf(
      this.#context.config,
      options,
      attachmentsOf(this.#context, id).map(({network}) => network),
    );
  }

  #share(id: string): {namespace: NetworkNamespace; sharedWith: string} {
    const other = this.#context.containers.get(id);
    if (!other) {
      throw new EngineError(
        'container-not-found',
        `cannot join the network of container ${id.slice(0, 12)}: it was removed`,
        {
          exit: 125,
        },
      );
    }
    if (other.status !== 'running' || !other.process) {
      throw new EngineError(
        'container-not-running',
        `cannot join network of a non running container: ${other.name}`,
        {
          hint: `start it first: 'crundle start ${other.name}'`,
          exit: 125,
        },
      );
    }
    if (other.options.network.kind === 'host') return {namespace: {kind: 'host'}, sharedWith: id};
    const path = namespaceExists(id) ? namespacePath(id) : `/proc/${other.process.pid}/ns/net`;
    return {namespace: {kind: 'path', path}, sharedWith: id};
  }

  async tearDown(containerId: string): Promise<void> {
    await tearDownContainerNetwork(this.#context, containerId);
  }

  detach(containerId: string): void {
    this.#context.endpoints.removeContainer(containerId);
  }

  /** With the built-in network that stands for none, or for the host's own; of a network that is shared nothing. */
  tellRun(containerId: string, action: 'connect' | 'disconnect'): void {
    for (const network of networksOfRun(this.#context, containerId))
      this.#context.tell({...networkEvent(action, network, {container: containerId}), routine: true});
  }

  async renamed(containerId: string): Promise<void> {
    await syncContainerNames(this.#context, activeAttachments(this.#context, containerId));
  }

  facts(containerId: string) {
    return networkFacts(this.#context, containerId);
  }

  overview() {
    return networkOverview(this.#context);
  }

  holders(): string[] {
    return this.#context.endpoints.holders();
  }

  async heal(): Promise<void> {
    await healNetworks(this.#context);
  }
}
