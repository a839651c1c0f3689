// The elements of the maps and sets that published ports live in: adding and removing one needs no rule. Hash maps
// and no intervals, because one changes with every container and is read with every new connection. Pure.
//
//   inet crundle  map publish4, publish6          address . protocol . port : container's address . port
//                 map publish4_any, publish6_any  protocol . port : container's address . port
//   ip crundle    set published                   address . protocol . port   (the same keys: tables do not share sets)
//   ip6 crundle   set published_any               protocol . port
import type {TransportProtocol} from '../../../bundles/network-options.ts';
import {familyOf, type IpAddress, isUnspecified} from '../../addresses/ip-address.ts';
import type {NftObject} from '../firewall/nft.ts';

/** A port of the host and where it leads. Both addresses are of one family. */
export interface PublishedTarget {
  readonly protocol: TransportProtocol;
  /** `0.0.0.0` or `::`: every address of the host of that family. */
  readonly hostIp: IpAddress;
  readonly hostPort: number;
  readonly targetIp: IpAddress;
  readonly targetPort: number;
}

/** Numbers, because a small system may lack /etc/protocols, which nft reads names in. */
export const protocolNumbers: Record<TransportProtocol, number> = {tcp: 6, udp: 17, sctp: 132};

/** Where one target is kept, as nft writes it. */
export interface PublishElement {
  map: 'publish4' | 'publish4_any' | 'publish6' | 'publish6_any';
  key: string;
  value: string;
  setTable: 'ip crundle' | 'ip6 crundle';
  set: 'published' | 'published_any';
}

export function elementOf({
  protocol,
  hostIp,
  hostPort,
  targetIp,
  targetPort,
}: PublishedTarget): PublishElement {
  const family = familyOf(hostIp);
  const isAny = isUnspecified(hostIp);
  const port = `${protocolNumbers[protocol]} . ${hostPort}`;
  return {
    map: `publish${family}${isAny ? '_any' : ''}`,
    key: isAny ? port : `${hostIp} . ${port}`,
    value: `${targetIp} . ${targetPort}`,
    setTable: family === 4 ? 'ip crundle' : 'ip6 crundle',
    set: isAny ? 'published_any' : 'published',
  };
}

/**
 * Adds and removes published ports in one transaction. Either may be done already: what is removed is added first,
 * because a `delete` of what is not there fails. A key that leads elsewhere fails the script with `File exists`.
 */
export function publishScript(add: readonly PublishedTarget[], remove: readonly PublishedTarget[]): string {
  const added = add.map(elementOf);
  const removed = remove.map(elementOf);
  return [...removed.map(addLines), ...removed.map(deleteLines), ...added.map(addLines)].join('');
}

function addLines({map, key, value, setTable, set}: PublishElement): string {
  return `add element inet crundle ${map} { ${key} : ${value} }\nadd element ${setTable} ${set} { ${key} }\n`;
}

export function deleteLines({map, key, setTable, set}: PublishElement): string {
  return `delete element inet crundle ${map} { ${key} }\ndelete element ${setTable} ${set} { ${key} }\n`;
}

/** What the maps hold, from nft's JSON: `publish4_any 6 . 8080` to `172.17.0.2 . 80`. */
export function publishedElements(objects: readonly NftObject[]): Map<string, string> {
  const held = new Map<string, string>();
  for (const {map} of objects) {
    for (const element of Array.isArray(map?.elem) ? map.elem : []) {
      const [key, value] = Array.isArray(element) ? element.map(concatOf) : [];
      if (key !== undefined && value !== undefined) held.set(`${map?.name} ${key}`, value);
    }
  }
  return held;
}

// `{"concat": ["tcp", 8080]}`; the protocol is a number where the system has no name for it.
function concatOf(value: unknown): string {
  const parts: unknown[] =
    typeof value === 'object' && value !== null && 'concat' in value && Array.isArray(value.concat)
      ? value.concat
      : [value];
  const names: Record<string, number> = protocolNumbers;
  return parts.map((part) => names[String(part)] ?? part).join(' . ');
}
