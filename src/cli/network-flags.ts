// The flags of run and create that concern the network and published ports. Several of them speak of the first network
// together, so that they are read as a group.
import type {ContainerOptions} from '../../bundles/container-options.ts';
import type {ExposedPort, NetworkAttachment, PortMapping} from '../../bundles/network-options.ts';
import {parseExpose} from '../../bundles/options/expose.ts';
import {
  chooseNetwork,
  type FirstNetworkFlags,
  parseIpv4,
  parseIpv6,
  parseLinkLocal,
  parseMac,
  parseNetwork,
  withFirstNetworkFlags,
} from '../../bundles/options/network.ts';
import {parsePublish} from '../../bundles/options/publish.ts';
import {list, parsed, parsedList, toggle} from './flag-kinds.ts';

export const networkFlags = {
  expose: parsedList('list', parseExpose)({description: 'Expose a port or a range of ports'}),
  ip: parsed('string', parseIpv4)({description: 'IPv4 address on the first network'}),
  ip6: parsed('string', parseIpv6)({description: 'IPv6 address on the first network'}),
  'link-local-ip': parsedList(
    'list',
    parseLinkLocal,
  )({description: 'Further addresses on the first network'}),
  'mac-address': parsed('string', parseMac)({description: 'Ethernet address on the first network'}),
  network: parsedList(
    'network',
    parseNetwork,
  )({
    aliases: ['net'],
    description: "Network, 'none', 'host' or 'container:NAME'; or name=NAME,alias=…,ip=…,mac-address=…",
  }),
  'network-alias': list({
    aliases: ['net-alias'],
    description: 'Another name of the container on the first network',
  }),
  publish: parsedList(
    'list',
    parsePublish,
  )({char: 'p', description: 'Publish a port on the host, as [[IP:]HOST-PORT:]PORT[/PROTOCOL]'}),
  'publish-all': toggle({char: 'P', description: 'Publish all exposed ports on free ports of the host'}),
};

/** What oclif's parser made of them. */
interface NetworkFlags extends FirstNetworkFlags {
  network?: NetworkAttachment[];
  publish?: PortMapping[][];
  'publish-all'?: boolean;
  expose?: ExposedPort[][];
}

/**
 * Puts what the flags of one line ask for into the options. Throws EngineError 'invalid-option' for networks that do not go together.
 */
export function applyNetworkFlags(options: ContainerOptions, flags: NetworkFlags): void {
  options.network = chooseNetwork(withFirstNetworkFlags(flags.network ?? [], flags));
  options.ports = (flags.publish ?? []).flat();
  options.exposed = (flags.expose ?? []).flat();
  options.publishAll = flags['publish-all'] ?? false;
}
