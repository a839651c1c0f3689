// The first packet of a connection, as far as it is known. What is left out is not known, so that rules on it may match
// or not.
import type {TransportProtocol} from '../../../bundles/network-options.ts';
import type {AddressFamily, IpAddress} from '../../addresses/ip-address.ts';

export type Hook = 'prerouting' | 'input' | 'forward' | 'output';

export interface Packet {
  readonly hook: Hook;
  readonly family: AddressFamily;
  readonly protocol: TransportProtocol;
  readonly port: number;
  readonly inInterface?: string;
  readonly outInterface?: string;
  readonly source?: IpAddress;
  readonly destination?: IpAddress;
  /** True when the destination was translated on the way here. */
  readonly translated: boolean;
  /** Connection tracking does not see it: a copy on its way to the detour. */
  readonly untracked?: boolean;
}
