// The network part of `inspect`, in Docker's fields, and a container's ports for `ps` and `port`.
import {exposedPorts, portName} from '../../../bundles/exposed-ports.ts';
import type {NetworkChoice, PortMapping, TransportProtocol} from '../../../bundles/network-options.ts';
import {hostPortText} from '../../../bundles/options/publish.ts';
import type {IpAddress} from '../../addresses/ip-address.ts';
import type {ContainerRecord} from '../../state/container-record.ts';
import type {ContainerNetworkFacts, EndpointFacts, PublishedPortFacts} from '../container-context.ts';

/** A port of a container that runs. Without an address of the host it is exposed, and not published. */
export interface ContainerPort {
  containerPort: number;
  protocol: TransportProtocol;
  hostIp?: IpAddress;
  hostPort?: number;
}

interface HostBinding {
  HostIp: string;
  HostPort: string;
}

/** Published ports, and those exposed ones that are not. None while the container does not run. */
export function containerPorts(
  {status, options, imageConfig}: ContainerRecord,
  published: readonly PublishedPortFacts[],
): ContainerPort[] {
  if (status !== 'running') return [];
  const isPublished = ({port, protocol}: {port: number; protocol: TransportProtocol}) =>
    published.some((each) => each.containerPort === port && each.protocol === protocol);
  // As Docker shows them: only where there is an interface that they could be reached on.
  const exposed = options.network.kind === 'networks' ? exposedPorts(options, imageConfig) : [];
  return [
    ...published,
    ...exposed
      .filter((each) => !isPublished(each))
      .map(({port, protocol}) => ({containerPort: port, protocol})),
  ];
}

/** `NetworkSettings`. */
export function networkSettings(record: ContainerRecord, facts: ContainerNetworkFacts) {
  const inDefault = facts.endpoints.find(({networkName}) => networkName === 'bridge');
  return {
    Bridge: '',
    SandboxID: '',
    SandboxKey: sandboxKey(record, facts),
    Ports: portMap(containerPorts(record, facts.ports)),
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    // Docker repeats the endpoint on the default network here, and no other.
    ...addressFields(inDefault),
    Networks: networks(record, facts),
  };
}

function sandboxKey({status, process}: ContainerRecord, {namespacePath}: ContainerNetworkFacts): string {
  if (status !== 'running' || !process) return '';
  return namespacePath ?? `/proc/${process.pid}/ns/net`;
}

function portMap(ports: readonly ContainerPort[]): Record<string, HostBinding[] | null> {
  const map: Record<string, HostBinding[] | null> = {};
  for (const {containerPort, protocol, hostIp, hostPort} of ports) {
    const name = portName(containerPort, protocol);
    if (hostIp === undefined) map[name] ??= null;
    else map[name] = [...(map[name] ?? []), {HostIp: hostIp, HostPort: String(hostPort)}];
  }
  return map;
}

function networks({options: {network}}: ContainerRecord, {endpoints}: ContainerNetworkFacts) {
  if (network.kind === 'none' || network.kind === 'host') return {[network.kind]: endpointFields()};
  return Object.fromEntries(
    endpoints.map((endpoint) => [endpoint.networkName, endpointFields(endpoint)] as const),
  );
}

function endpointFields(endpoint?: EndpointFacts) {
  return {
    IPAMConfig: endpoint ? ipamConfig(endpoint) : null,
    Links: null,
    Aliases: endpoint && endpoint.aliases.length > 0 ? endpoint.aliases : null,
    DriverOpts: endpoint && Object.keys(endpoint.driverOptions).length > 0 ? endpoint.driverOptions : null,
    GwPriority: endpoint?.gatewayPriority ?? 0,
    NetworkID: endpoint?.networkId ?? '',
    ...addressFields(endpoint),
    DNSNames: endpoint && endpoint.dnsNames.length > 0 ? endpoint.dnsNames : null,
  };
}

function ipamConfig({wanted: {ipv4, ipv6}, linkLocal}: EndpointFacts) {
  if (ipv4 === undefined && ipv6 === undefined && linkLocal.length === 0) return null;
  return {
    ...(ipv4 !== undefined && {IPv4Address: ipv4}),
    ...(ipv6 !== undefined && {IPv6Address: ipv6}),
    ...(linkLocal.length > 0 && {LinkLocalIPs: linkLocal}),
  };
}

function addressFields(endpoint?: EndpointFacts) {
  const {ipv4, ipv6, mac} = endpoint ?? {};
  return {
    // An endpoint has an id while there is one on the host.
    EndpointID: endpoint && mac !== undefined ? endpoint.endpointId : '',
    MacAddress: mac ?? '',
    Gateway: ipv4?.gateway ?? '',
    IPAddress: ipv4?.address ?? '',
    IPPrefixLen: ipv4?.prefix ?? 0,
    IPv6Gateway: ipv6?.gateway ?? '',
    GlobalIPv6Address: ipv6?.address ?? '',
    GlobalIPv6PrefixLen: ipv6?.prefix ?? 0,
  };
}

/** `HostConfig.PortBindings`: what was asked for with -p. */
export function portBindings(ports: readonly PortMapping[]): Record<string, HostBinding[]> {
  const bindings: Record<string, HostBinding[]> = {};
  for (const mapping of ports) {
    const name = portName(mapping.containerPort, mapping.protocol);
    const binding = {HostIp: mapping.hostIp ?? '', HostPort: hostPortText(mapping)};
    bindings[name] = [...(bindings[name] ?? []), binding];
  }
  return bindings;
}

/** `Config.ExposedPorts`. */
export function exposedPortMap({options, imageConfig}: ContainerRecord): Record<string, object> {
  return Object.fromEntries(
    exposedPorts(options, imageConfig).map(({port, protocol}) => [portName(port, protocol), {}]),
  );
}

/** `HostConfig.NetworkMode`. The first network of a line is the mode; the others are endpoints alone. */
export function networkMode(choice: NetworkChoice): string {
  switch (choice.kind) {
    case 'networks':
      return choice.attachments[0]?.network ?? 'bridge';
    case 'container':
      return `container:${choice.container}`;
    default:
      return choice.kind;
  }
}
