// Which container holds which port of the host: chosen and written in one transaction. Held from before a container
// starts until it has ended; nothing listens on it, the translation is the kernel's.
import type {PortMapping, TransportProtocol} from '../../../bundles/network-options.ts';
import {familyOf, type IpAddress, isUnspecified, parseIpAddress} from '../../addresses/ip-address.ts';
import {EngineError} from '../../errors.ts';
import type {PublishedPortRecord} from '../../state/published-port-records.ts';
import {readOptionalFile} from '../../system/optional-file.ts';
import {nameServiceSockets} from '../names/name-service.ts';
import type {NetworkContext} from '../network-context.ts';
import {holderOf, type ListeningSocket, readListeningSockets} from './listening-sockets.ts';

type LeaseContext = Pick<NetworkContext, 'state' | 'ports' | 'containers' | 'config'>;

export interface PortRequest {
  containerId: string;
  mappings: readonly PortMapping[];
  /** For mappings that name no address: `0.0.0.0`, `::`, or one of the host's. */
  defaultHostIps: readonly IpAddress[];
}

/**
 * Leases a port of the host for each mapping, on the same number for every address. Returns all that the container
 * holds. Throws EngineError 'port-taken', which names who has it, and then nothing is leased.
 */
export function leasePorts(context: LeaseContext, request: PortRequest): PublishedPortRecord[] {
  const {containerId, mappings} = request;
  if (mappings.length === 0 || context.ports.ofContainer(containerId).length > 0) {
    return context.ports.ofContainer(containerId);
  }
  const listening = withoutNameService(context, readListeningSockets());
  context.state.transaction(() => {
    for (const mapping of mappings) lease(context, request, mapping, listening);
  });
  return context.ports.ofContainer(containerId);
}

// It listens on the gateways alone, and the firewall keeps containers' queries for it: a container may publish port 53.
function withoutNameService(
  {config}: LeaseContext,
  sockets: readonly ListeningSocket[],
): readonly ListeningSocket[] {
  const own = nameServiceSockets(config.runRoot);
  return own.size === 0 ? sockets : sockets.filter(({inode}) => !own.has(inode));
}

function lease(
  context: LeaseContext,
  {containerId, defaultHostIps}: PortRequest,
  mapping: PortMapping,
  listening: readonly ListeningSocket[],
): void {
  const {protocol, containerPort} = mapping;
  const hostIps = mapping.hostIp === undefined ? defaultHostIps : [mapping.hostIp];
  const conflictOn = (port: number) => findConflict(context, {protocol, hostIps, port, listening});
  const hostPort = candidates(mapping).find((port) => conflictOn(port) === undefined);
  if (hostPort === undefined) throw portTaken(context, mapping, conflictOn);
  for (const hostIp of hostIps)
    context.ports.insert({containerId, protocol, hostIp, hostPort, containerPort});
}

function candidates({hostPorts}: PortMapping): number[] {
  const {first, last} = hostPorts ?? ephemeralPorts();
  const ports = Array.from({length: last - first + 1}, (_, i) => first + i);
  if (hostPorts) return ports;
  // From a random place on, so that a port that was just given back is not given out at once.
  const start = Math.floor(Math.random() * ports.length);
  return [...ports.slice(start), ...ports.slice(0, start)];
}

/** The kernel's range for ports that nobody has chosen (ip_local_port_range), from which Docker takes them too. */
function ephemeralPorts(): {first: number; last: number} {
  const text = readOptionalFile('/proc/sys/net/ipv4/ip_local_port_range') ?? '';
  const [first = 32768, last = 60999] = text.trim().split(/\s+/).filter(Boolean).map(Number);
  return {first, last};
}

type Conflict = {container: PublishedPortRecord} | {socket: ListeningSocket};

function findConflict(
  context: LeaseContext,
  wanted: {
    protocol: TransportProtocol;
    hostIps: readonly IpAddress[];
    port: number;
    listening: readonly ListeningSocket[];
  },
): Conflict | undefined {
  const {protocol, hostIps, port, listening} = wanted;
  const container = context.ports
    .onPort(protocol, port)
    .find(({hostIp}) => hostIps.some((ours) => overlap(ours, hostIp)));
  if (container) return {container};
  const socket = listening.find(
    (other) =>
      other.protocol === protocol &&
      other.port === port &&
      // Most programs that listen on :: serve IPv4 with it: translated packets would never reach them again.
      (other.address === '::' || hostIps.some((ours) => overlap(ours, other.address))),
  );
  return socket && {socket};
}

function overlap(a: IpAddress, b: IpAddress): boolean {
  return a === b || (familyOf(a) === familyOf(b) && (isUnspecified(a) || isUnspecified(b)));
}

function portTaken(
  context: LeaseContext,
  {hostPorts, protocol, hostIp}: PortMapping,
  conflictOn: (port: number) => Conflict | undefined,
): EngineError {
  if (!hostPorts || hostPorts.first !== hostPorts.last) {
    const range = hostPorts ? `${hostPorts.first}-${hostPorts.last}` : 'the ephemeral ports';
    return new EngineError('port-taken', `cannot publish a port: all of ${range}/${protocol} are taken`, {
      hint: "'crundle ps' shows the ports of containers, 'ss -lntup' those of other programs",
      exit: 125,
    });
  }
  const conflict = conflictOn(hostPorts.first);
  const place = `${hostIp === undefined ? '' : `${hostIp}:`}${hostPorts.first}/${protocol}`;
  return new EngineError('port-taken', `cannot publish port ${place}: ${describe(context, conflict)}`, {
    hint: 'choose another port of the host, or stop what holds this one',
    exit: 125,
  });
}

function describe(context: LeaseContext, conflict: Conflict | undefined): string {
  if (conflict && 'container' in conflict) {
    const {containerId} = conflict.container;
    return `container ${context.containers.get(containerId)?.name ?? containerId.slice(0, 12)} has it`;
  }
  const holder = conflict && holderOf(conflict.socket.inode);
  return holder ? `process ${holder.pid} (${holder.name}) listens on it` : 'another program listens on it';
}

/** Addresses that a mapping without one stands for. */
export function everyAddress({ipv4, ipv6}: {ipv4: boolean; ipv6: boolean}): IpAddress[] {
  const addresses = [...(ipv4 ? ['0.0.0.0'] : []), ...(ipv6 ? ['::'] : [])];
  return addresses.map(parseIpAddress).filter((address) => address !== undefined);
}
