// The interface of the host's default route: containers' links are as wide as it.
import {readOptionalFile} from '../../system/optional-file.ts';
import {listLinks} from './ip.ts';

const ethernetMtu = 1500;

/** The MTU of the uplink; 1500 for a host without a default route. Costs no process where the kernel has IPv6. */
export async function uplinkMtu(): Promise<number> {
  const name = defaultRouteInterface(
    readOptionalFile('/proc/self/net/route') ?? '',
    readOptionalFile('/proc/self/net/ipv6_route') ?? '',
  );
  if (name === undefined) return ethernetMtu;
  const mtu = readOptionalFile(`/proc/sys/net/ipv6/conf/${name}/mtu`);
  return mtu === undefined ? ((await listLinks(name))[0]?.mtu ?? ethernetMtu) : Number(mtu);
}

/** The IPv4 one first; of several routes the one with the lowest metric. Pure: the texts of /proc/net. */
export function defaultRouteInterface(route4: string, route6: string): string | undefined {
  const ways4 = rows(route4).flatMap(([name, destination, , , , , metric, mask]) =>
    destination === '00000000' && mask === '00000000' ? [{name, metric: Number(metric)}] : [],
  );
  const ways6 = rows(route6).flatMap((fields) => {
    const [destination = '', prefix, , , , metric = '', , , , name] = fields;
    const isDefault = /^0{32}$/.test(destination) && prefix === '00' && name !== 'lo';
    return isDefault ? [{name, metric: Number.parseInt(metric, 16)}] : [];
  });
  return [...best(ways4), ...best(ways6)][0]?.name;
}

function best<T extends {metric: number}>(ways: T[]): T[] {
  return ways.toSorted((a, b) => a.metric - b.metric).slice(0, 1);
}

function rows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('Iface'))
    .map((line) => line.trim().split(/\s+/));
}
