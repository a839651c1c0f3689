// `-p`: ports of a container that are published on the host. Docker's forms and words.
import {parseIpAddress} from '../../src/addresses/ip-address.ts';
import type {PortMapping} from '../network-options.ts';
import {optionError} from './option-error.ts';
import {type PortRange, parsePortRange, splitProtocol} from './port-range.ts';

/**
 * `[[ip:]hostPort:]containerPort[/protocol]`, both ports maybe ranges, or `target=80,published=8080,protocol=tcp`. One
 * mapping a container port. A range of host ports for one container port means the first that is free. Throws
 * EngineError 'invalid-option'.
 */
export function parsePublish(text: string): PortMapping[] {
  const spec = text.includes('=') ? fromPairs(text) : text;
  const {ip, hostPort, containerPort: rest} = splitParts(spec);
  const {port: containerPort, protocol} = splitProtocol(rest);
  const hostIp = ip === '' ? undefined : parseIpAddress(withoutBrackets(ip));
  if (ip !== '' && hostIp === undefined) throw optionError(`invalid IP address: ${withoutBrackets(ip)}`);
  if (containerPort === '') throw optionError(`no port specified: ${spec}<empty>`);
  const inside = rangeOf(containerPort, 'containerPort');
  if (inside.first === 0) throw optionError(`invalid containerPort: ${containerPort}`);
  const outside = hostPort === '' ? undefined : rangeOf(hostPort, 'hostPort');
  if (outside && lengthOf(inside) !== lengthOf(outside) && lengthOf(inside) > 1) {
    throw optionError(
      `invalid ranges specified for container and host Ports: ${containerPort} and ${hostPort}`,
    );
  }
  return mappings(inside, outside).map((mapping) => ({
    ...mapping,
    protocol,
    ...(hostIp !== undefined && {hostIp}),
  }));
}

function mappings(inside: PortRange, outside: PortRange | undefined): Omit<PortMapping, 'protocol'>[] {
  return Array.from({length: lengthOf(inside)}, (_, index) => {
    const containerPort = inside.first + index;
    // As under Docker, host port 0 is any.
    if (outside === undefined || outside.first === 0) return {containerPort};
    if (lengthOf(inside) === 1) return {containerPort, hostPorts: outside};
    return {containerPort, hostPorts: {first: outside.first + index, last: outside.first + index}};
  });
}

function lengthOf({first, last}: PortRange): number {
  return last - first + 1;
}

// An IPv6 address may stand without brackets: the last two colons are the ports'.
function splitParts(text: string): {ip: string; hostPort: string; containerPort: string} {
  const parts = text.split(':');
  const containerPort = parts.pop() ?? '';
  const hostPort = parts.pop() ?? '';
  return {ip: parts.join(':'), hostPort, containerPort};
}

function withoutBrackets(ip: string): string {
  return /^\[(.*)\]$/.exec(ip)?.[1] ?? ip;
}

function rangeOf(text: string, what: string): PortRange {
  const range = parsePortRange(text);
  if (range === undefined) throw optionError(`invalid ${what}: ${text}`);
  return range;
}

function fromPairs(text: string): string {
  const pairs = new Map<string, string>([['protocol', 'tcp']]);
  for (const pair of text.split(',')) {
    const [, key = '', value = ''] = /^([^=]+)=(.*)$/.exec(pair) ?? [];
    if (key === '') {
      throw optionError(`invalid publish opts format (should be name=value but got '${pair}')`);
    }
    pairs.set(key, value);
  }
  return `${pairs.get('published') ?? ''}:${pairs.get('target') ?? ''}/${pairs.get('protocol')}`;
}

/** The text that `parsePublish` reads as this mapping's host port: `8080`, `8080-8090` or nothing. */
export function hostPortText({hostPorts}: PortMapping): string {
  if (hostPorts === undefined) return '';
  return hostPorts.first === hostPorts.last
    ? String(hostPorts.first)
    : `${hostPorts.first}-${hostPorts.last}`;
}
