// What a container asks of its network, after the text was parsed. Plain data, stored with the container as JSON.
import type {IpAddress} from '../src/addresses/ip-address.ts';
import type {MacAddress} from '../src/addresses/mac-address.ts';

/** `--network`. `networks` holds at least one attachment, in the line's order: the first becomes eth0. */
export type NetworkChoice =
  | {kind: 'none'}
  | {kind: 'host'}
  | {kind: 'container'; container: string}
  | {kind: 'networks'; attachments: NetworkAttachment[]};

/** One network of a container: `--network NAME` with its options, or `network connect`. */
export interface NetworkAttachment {
  /** Name, id or beginning of the id, as typed. `bridge` and `default` are the default network. */
  network: string;
  aliases: string[];
  ipv4?: IpAddress;
  ipv6?: IpAddress;
  mac?: MacAddress;
  /** Further addresses of the interface (`--link-local-ip`). */
  linkLocal: IpAddress[];
  driverOptions: Record<string, string>;
  /** The attachment with the highest gives the default route; the first of equals. */
  gatewayPriority: number;
}

export type TransportProtocol = 'tcp' | 'udp' | 'sctp';

/** A port that the image or `--expose` names; `-P` publishes it. */
export interface ExposedPort {
  port: number;
  protocol: TransportProtocol;
}

/** One container port and where it is wanted on the host (`-p`). Ranges are expanded to one mapping a port. */
export interface PortMapping {
  containerPort: number;
  protocol: TransportProtocol;
  /** Absent: every address of the host, IPv4 and IPv6. */
  hostIp?: IpAddress;
  /** The first free port of these, both included. Absent: one of the host's ephemeral ports. */
  hostPorts?: {first: number; last: number};
}

export function attachmentTo(network: string): NetworkAttachment {
  return {network, aliases: [], linkLocal: [], driverOptions: {}, gatewayPriority: 0};
}

/** The networks of a container that asks for none in particular. */
export function defaultNetworkChoice(): NetworkChoice {
  return {kind: 'networks', attachments: [attachmentTo('bridge')]};
}
