// `port explain`: who can reach a port of this host, and which rule decides. Reads records, links, sockets and the host's
// rules, and changes nothing.
import type {TransportProtocol} from '../../../bundles/network-options.ts';
import {familyOf, type IpAddress, isLoopback, parseIpAddress} from '../../addresses/ip-address.ts';
import type {ContainerRecord} from '../../state/container-record.ts';
import type {PublishedPortRecord} from '../../state/published-port-records.ts';
import {isAlive} from '../../system/process-identity.ts';
import {activeAttachments} from '../attachments.ts';
import {readHostRuleset} from '../host-firewall/host-ruleset.ts';
import {listLinks} from '../links/ip.ts';
import {detourIn, detourOut} from '../names/detour-names.ts';
import type {NetworkContext} from '../network-context.ts';
import {holderOf, readListeningSockets} from './listening-sockets.ts';
import type {HostListener, PortFacts, PublishedFact} from './port-hops.ts';
import {type PortPath, portPaths} from './port-paths.ts';
import {targetsOf} from './published-targets.ts';

export interface PortQuestion {
  port: number;
  protocol: TransportProtocol;
  /** A client's address: rules on sources are then decided. */
  from?: IpAddress;
}

export interface PortExplanation {
  port: number;
  protocol: TransportProtocol;
  from?: IpAddress;
  policy: 'host' | 'open';
  published: {container: string; id: string; hostIp: IpAddress; containerPort: number}[];
  /** Programs of the host itself on the port. */
  listeners: HostListener[];
  /** Containers that publish the port when they run. */
  dormant: {container: string; id: string; status: string}[];
  paths: PortPath[];
}

/** Throws EngineError 'program-missing', 'permission-denied'. */
export async function explainPort(context: NetworkContext, question: PortQuestion): Promise<PortExplanation> {
  const {port, protocol, from} = question;
  const [ruleset, links] = await Promise.all([readHostRuleset({words: true}), listLinks()]);
  const bridges = context.networks.list().filter(({driver}) => driver === 'bridge');
  const own = new Set(['lo', detourIn, detourOut, ...bridges.map(({bridge}) => bridge)]);
  const records = context.ports.list().filter((one) => one.hostPort === port && one.protocol === protocol);
  const present = new Set(links.map(({name}) => name));
  const facts: PortFacts = {
    ...question,
    policy: context.config.publishPolicy,
    ruleset,
    addresses: links
      .filter(({name, isUp}) => isUp && !own.has(name))
      .flatMap(({name, addresses}) => addresses.flatMap((text) => outsideAddress(name, text))),
    networks: bridges
      .filter(({bridge, internal}) => present.has(bridge) && !internal)
      .map(({name, bridge, subnets}) => ({
        name,
        bridge,
        gateways: subnets.flatMap(({gateway}) => gateway ?? []),
      })),
    published: records.flatMap((record) => publishedFact(context, record)),
    listeners: hostListeners(port, protocol),
  };
  return {
    port,
    protocol,
    ...(from !== undefined && {from}),
    policy: facts.policy,
    published: facts.published.map(({container, hostIp, containerPort}) => ({
      container: container.name,
      id: container.id,
      hostIp,
      containerPort,
    })),
    listeners: facts.listeners,
    dormant: dormant(context, question, new Set(records.map(({containerId}) => containerId))),
    paths: portPaths(facts),
  };
}

function outsideAddress(name: string, text: string): {interface: string; address: IpAddress}[] {
  const address = parseIpAddress(text.replace(/\/.*/, ''));
  return address === undefined || isLoopback(address) || /^fe[89ab]/.test(address)
    ? []
    : [{interface: name, address}];
}

function publishedFact(context: NetworkContext, record: PublishedPortRecord): PublishedFact[] {
  const container = context.containers.get(record.containerId);
  if (!container) return [];
  const attachments = activeAttachments(context, container.id);
  const [target] = targetsOf([record], attachments);
  const attachment = attachments.find(
    ({endpoint}) => target && endpoint[familyOf(target.targetIp) === 4 ? 'ipv4' : 'ipv6'] === target.targetIp,
  );
  const running = runs(container);
  const listening = running ? listeningIn(container, record) : undefined;
  return [
    {
      container: {id: container.id, name: container.name, running},
      hostIp: record.hostIp,
      containerPort: record.containerPort,
      ...(target &&
        attachment && {
          target: {
            address: target.targetIp,
            bridge: attachment.network.bridge,
            network: attachment.network.name,
            internal: attachment.network.internal,
          },
        }),
      ...(listening && {listening}),
    },
  ];
}

function runs({process}: ContainerRecord): boolean {
  return process !== undefined && isAlive(process);
}

// Where the kernel has no SCTP sockets, or does not list them, it would look as if nothing listened.
function listeningIn({process}: ContainerRecord, record: PublishedPortRecord): IpAddress[] | undefined {
  if (!process || record.protocol === 'sctp') return undefined;
  return readListeningSockets(process.pid)
    .filter(({protocol, port}) => protocol === record.protocol && port === record.containerPort)
    .map(({address}) => address);
}

function hostListeners(port: number, protocol: TransportProtocol): HostListener[] {
  return readListeningSockets()
    .filter((socket) => socket.port === port && socket.protocol === protocol)
    .map(({address, inode}) => {
      const process = holderOf(inode);
      return {address, ...(process && {process})};
    });
}

function dormant(
  {containers}: NetworkContext,
  {port, protocol}: PortQuestion,
  holding: ReadonlySet<string>,
): PortExplanation['dormant'] {
  return containers
    .list()
    .filter(
      ({id, options}) =>
        !holding.has(id) &&
        options.ports.some((mapping) => {
          const {hostPorts} = mapping;
          return (
            mapping.protocol === protocol && hostPorts && hostPorts.first <= port && port <= hostPorts.last
          );
        }),
    )
    .map(({id, name, status}) => ({container: name, id, status}));
}
