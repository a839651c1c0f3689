// One row a network. `creating` and `removing` are intents: found without a holder of the networks' lock, they tell
// what a killed command left to undo. The bridge itself is asked of the kernel, never trusted from here.
import type {Cidr} from '../addresses/cidr.ts';
import type {IpAddress} from '../addresses/ip-address.ts';

export type NetworkDriver = 'bridge' | 'macvlan' | 'host' | 'none';

/** creating -> ready -> removing -> (no row) */
export type NetworkStatus = 'creating' | 'ready' | 'removing';

export interface Subnet {
  subnet: Cidr;
  /** The bridge's own address. Absent: a macvlan or internal network without one. */
  gateway?: IpAddress;
  /** Addresses are chosen in here. Absent: in the whole subnet. */
  ipRange?: Cidr;
  /** Names to addresses that are never given to a container. */
  auxAddresses: Record<string, IpAddress>;
}

export interface NetworkRecord {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly status: NetworkStatus;
  readonly driver: NetworkDriver;
  /** `crundle0` for the default network, `cr-` and 12 digits of the id for others; empty for `host` and `none`. */
  readonly bridge: string;
  /** Of a macvlan network: the host's interface it sits on. */
  readonly parent: string | undefined;
  /** At most one of each family, IPv4 first. */
  readonly subnets: readonly Subnet[];
  readonly internal: boolean;
  readonly attachable: boolean;
  /** `--opt`, Docker's keys: com.docker.network.bridge.name, .enable_icc, .enable_ip_masquerade, .host_binding_ipv4, com.docker.network.driver.mtu, parent, macvlan_mode … */
  readonly options: Record<string, string>;
  readonly labels: Record<string, string>;
}
