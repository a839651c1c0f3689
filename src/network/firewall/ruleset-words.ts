// What the texts of crundle's tables have in common. Pure.
import type {AddressFamily, IpAddress} from '../../addresses/ip-address.ts';
import type {FirewallNetwork} from './ruleset.ts';

/** The protocols of published ports, as numbers: a small system may lack the file that nft reads names in. */
export const published = 'meta l4proto { 6, 17, 132 }';

/** The word for the family, in tables and in rules. */
export function ipWord(family: AddressFamily): 'ip' | 'ip6' {
  return family === 4 ? 'ip' : 'ip6';
}

export function elements(list: readonly string[]): string {
  return list.length === 0 ? '' : `elements = { ${list.join(', ')} };`;
}

export function quote(name: string): string {
  return `"${name}"`;
}

export function gatewayOf(
  {gateway4, gateway6}: FirewallNetwork,
  family: AddressFamily,
): IpAddress | undefined {
  return family === 4 ? gateway4 : gateway6;
}

/** The host's own address that packets from the loopback get, to be answered. */
export function loopbackSource(
  networks: readonly FirewallNetwork[],
  family: AddressFamily,
): IpAddress | undefined {
  const outward = networks.filter(({internal}) => !internal);
  return outward.map((network) => gatewayOf(network, family)).find((gateway) => gateway !== undefined);
}
