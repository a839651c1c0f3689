// From what a container is attached to, with the addresses it holds, to the interfaces that it needs.
import {addressWithPrefix, type Cidr, contains} from '../../addresses/cidr.ts';
import type {IpAddress} from '../../addresses/ip-address.ts';
import type {NetworkRecord} from '../../state/network-records.ts';
import {type Attachment, gatewayAttachment} from '../attachments.ts';
import type {NetworkContext} from '../network-context.ts';
import {allowsIcc, fixedMtu, optionKeys} from '../network-options.ts';
import type {ContainerLink} from './container-links.ts';
import {uplinkMtu} from './uplink.ts';

/** The interfaces of a container, whose attachments are all active. */
export async function linksOf(
  context: Pick<NetworkContext, 'config'>,
  attachments: readonly Attachment[],
): Promise<ContainerLink[]> {
  const ways = [gatewayAttachment(attachments, 'ipv4'), gatewayAttachment(attachments, 'ipv6')];
  return await Promise.all(
    attachments.map(async (attachment): Promise<ContainerLink> => {
      const {endpoint, network} = attachment;
      const {ipv4, ipv6, mac, linkLocal} = endpoint;
      if (mac === undefined) throw new Error(`endpoint ${endpoint.id} is not active`);
      return {
        position: endpoint.position,
        on: placeOf(context, network),
        mac,
        mtu: fixedMtu(context, network) ?? (await uplinkMtu()),
        addresses: [
          ...[ipv4, ipv6].flatMap((address) => withPrefix(network, address)),
          ...linkLocal.map((address) => `${address}/${address.includes(':') ? 64 : 16}`),
        ],
        gateways: [ipv4, ipv6].flatMap((address, family) =>
          ways[family] === attachment ? gatewayOf(network, address) : [],
        ),
      };
    }),
  );
}

function placeOf(context: Pick<NetworkContext, 'config'>, network: NetworkRecord): ContainerLink['on'] {
  if (network.driver === 'macvlan') {
    return {
      kind: 'macvlan',
      parent: network.parent ?? '',
      mode: network.options[optionKeys.macvlanMode] ?? 'bridge',
    };
  }
  return {kind: 'bridge', bridge: network.bridge, isolated: !allowsIcc(context, network)};
}

function withPrefix(network: NetworkRecord, address: IpAddress | undefined): string[] {
  const subnet = subnetOf(network, address);
  return address !== undefined && subnet ? [addressWithPrefix(address, subnet.subnet)] : [];
}

function gatewayOf(network: NetworkRecord, address: IpAddress | undefined): IpAddress[] {
  const gateway = subnetOf(network, address)?.gateway;
  return gateway === undefined ? [] : [gateway];
}

/** The subnet of a network that an address lies in. */
export function subnetOf({subnets}: NetworkRecord, address: IpAddress | undefined) {
  return address === undefined ? undefined : subnets.find(({subnet}) => contains(subnet, address));
}

/** The bridge's own addresses, as `172.17.0.1/16`. */
export function bridgeAddresses({subnets}: NetworkRecord): string[] {
  return subnets.flatMap(({subnet, gateway}: {subnet: Cidr; gateway?: IpAddress}) =>
    gateway === undefined ? [] : [addressWithPrefix(gateway, subnet)],
  );
}
