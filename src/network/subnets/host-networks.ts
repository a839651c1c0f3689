// What of the address space is taken on this host: its routes, and the subnets of crundle's networks.
import {type Cidr, parseCidr} from '../../addresses/cidr.ts';
import {listRoutes} from '../links/ip.ts';
import type {NetworkContext} from '../network-context.ts';

/** Routes but the default ones, loopback, link-local and multicast, with the subnets of all networks. */
export async function takenSubnets({networks}: Pick<NetworkContext, 'networks'>): Promise<Cidr[]> {
  const own = networks.list().flatMap(({subnets}) => subnets.map(({subnet}) => subnet));
  const routes = (await listRoutes()).flatMap(({destination}) => routeCidr(destination) ?? []);
  return [...new Set([...own, ...routes])];
}

function routeCidr(destination: string): Cidr | undefined {
  if (destination === 'default' || /^(127\.|fe80:|ff|::1)/.test(destination)) return undefined;
  return parseCidr(
    destination.includes('/') ? destination : `${destination}/${destination.includes(':') ? 128 : 32}`,
  );
}
