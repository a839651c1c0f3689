// One row a port of the host that leads to a container, held from before the container starts until it has ended.
import type {TransportProtocol} from '../../bundles/network-options.ts';
import type {IpAddress} from '../addresses/ip-address.ts';

export interface PublishedPortRecord {
  readonly containerId: string;
  readonly protocol: TransportProtocol;
  /** `0.0.0.0` or `::` for every address of that family. */
  readonly hostIp: IpAddress;
  readonly hostPort: number;
  readonly containerPort: number;
}
