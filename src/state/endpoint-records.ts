// One row a container and network: what was asked for, and, while the container has a network namespace, the addresses
// that it holds.
import type {IpAddress} from '../addresses/ip-address.ts';
import type {MacAddress} from '../addresses/mac-address.ts';

export interface EndpointRecord {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly containerId: string;
  readonly networkId: string;
  /** The container's interface is `eth` and this number. */
  readonly position: number;
  readonly aliases: readonly string[];
  /** What the person asked for; kept over stops. */
  readonly wanted: {ipv4?: IpAddress; ipv6?: IpAddress; mac?: MacAddress};
  readonly linkLocal: readonly IpAddress[];
  readonly driverOptions: Record<string, string>;
  readonly gatewayPriority: number;
  /** True while the addresses below are held: from before the container starts until it has ended. */
  readonly active: boolean;
  /** Held while active. Afterwards the last ones, which a next start gets again when they are still free. */
  readonly ipv4: IpAddress | undefined;
  readonly ipv6: IpAddress | undefined;
  readonly mac: MacAddress | undefined;
}
