// A container's namespace and the interfaces in it: one batch of `ip` on the host, one inside. A veth's end on the host
// is named for its container, so that `ip -br link` tells whose it is.
import {EngineError} from '../errors.ts';
import {interfaceNames} from './bridge-links.ts';
import {ipBatch, isFileExists} from './ip.ts';
import {namespaceName, removeNamespace} from './network-namespace.ts';

export interface LinkedContainer {
  id: string;
  name: string;
}

export interface ContainerLink {
  /** The interface is `eth` and this number. */
  position: number;
  on: {kind: 'bridge'; bridge: string; isolated: boolean} | {kind: 'macvlan'; parent: string; mode: string};
  mac: string;
  mtu: number;
  /** As `172.17.0.2/16`. */
  addresses: readonly string[];
  /** Where this link gives the default route of a family. */
  gateways: readonly string[];
}

/** `NAME-ID`, each shortened, and the position when it is not 0: 15 bytes at most. Pure. */
export function vethName({id, name}: LinkedContainer, position: number): string {
  return `${name.slice(0, 7)}-${id.slice(0, 6)}${position === 0 ? '' : position.toString(36)}`;
}

/**
 * Makes the namespace and its interfaces. What an earlier life of the container has left is removed first. On failure
 * some of it may be there: the caller removes the namespace, which takes all of it along.
 */
export async function setUpLinks(container: LinkedContainer, links: readonly ContainerLink[]): Promise<void> {
  const make = () =>
    ipBatch([
      `netns add ${namespaceName(container.id)}`,
      ...links.flatMap((link) => hostLines(container, link)),
    ]);
  try {
    await make();
  } catch (error) {
    if (!isFileExists(error)) throw describeFailure(error, container, links);
    await removeLeftovers(container, links);
    await make();
  }
  await ipBatch(['link set lo up', ...links.flatMap(insideLines), ...links.flatMap(routeLines)], {
    netns: namespaceName(container.id),
  });
}

// The namespace of a container that has just ended, and with it its veths, may take a moment to go.
async function removeLeftovers(container: LinkedContainer, links: readonly ContainerLink[]): Promise<void> {
  removeNamespace(container.id);
  for (const {position} of links) await removeVeth(vethName(container, position));
}

async function removeVeth(name: string): Promise<void> {
  if (!interfaceNames().has(name)) return;
  try {
    await ipBatch([`link delete ${name}`]);
  } catch (error) {
    // It went with its namespace meanwhile.
    if (interfaceNames().has(name)) throw error;
  }
}

/** Gives a namespace that is there another interface. */
export async function addLink(container: LinkedContainer, link: ContainerLink): Promise<void> {
  if (link.on.kind === 'bridge') await removeVeth(vethName(container, link.position));
  await ipBatch(hostLines(container, link));
  await ipBatch([...insideLines(link), ...routeLines(link)], {netns: namespaceName(container.id)});
}

/** Takes an interface of a container away. Idempotent. */
export async function removeLink(container: LinkedContainer, position: number): Promise<void> {
  try {
    await ipBatch([`link delete eth${position}`], {netns: namespaceName(container.id)});
  } catch (error) {
    if (
      error instanceof EngineError &&
      /cannot find device|cannot open network namespace/i.test(error.message)
    )
      return;
    throw error;
  }
}

/** Makes the host's end a port of its bridge again, after the bridge was made anew. */
export async function reattachLink(container: LinkedContainer, link: ContainerLink): Promise<void> {
  const veth = vethName(container, link.position);
  if (link.on.kind === 'bridge' && interfaceNames().has(veth)) await ipBatch(portLines(veth, link.on));
}

function hostLines(container: LinkedContainer, link: ContainerLink): string[] {
  const {position, on, mac, mtu} = link;
  const inside = `eth${position}`;
  const netns = namespaceName(container.id);
  if (on.kind === 'macvlan') {
    const {parent, mode} = on;
    return [
      `link add link ${parent} name ${inside} address ${mac} mtu ${mtu} netns ${netns} type macvlan mode ${mode}`,
    ];
  }
  const veth = vethName(container, position);
  return [
    `link add ${veth} mtu ${mtu} type veth peer name ${inside} address ${mac} mtu ${mtu} netns ${netns}`,
    `link set ${veth} alias "crundle container ${container.name} ${container.id.slice(0, 12)}" addrgenmode none`,
    ...portLines(veth, on),
  ];
}

// hairpin: a container reaches itself by the host's address, which br_netfilter turns back at its own port. isolated: icc
// off, the ports of such a bridge do not see each other.
function portLines(veth: string, {bridge, isolated}: {bridge: string; isolated: boolean}): string[] {
  return [
    `link set ${veth} master ${bridge} up`,
    `link set ${veth} type bridge_slave hairpin on isolated ${isolated ? 'on' : 'off'}`,
  ];
}

function insideLines({position, addresses}: ContainerLink): string[] {
  const device = `eth${position}`;
  const hasIpv6 = addresses.some((address) => address.includes(':'));
  return [
    // Without IPv6 on the network there is none in the container, as under Docker.
    ...(hasIpv6 ? [] : [`link set ${device} addrgenmode none`]),
    ...addresses.map(
      (address) => `addr add ${address} dev ${device}${address.includes(':') ? ' nodad' : ''}`,
    ),
    `link set ${device} up`,
  ];
}

function routeLines({position, gateways}: ContainerLink): string[] {
  return gateways.map((gateway) =>
    gateway.includes(':')
      ? `-6 route add default via ${gateway} dev eth${position}`
      : `route add default via ${gateway} dev eth${position}`,
  );
}

/** For the container's config.json: a neighbour must not be able to announce itself as its router. Pure. */
export function containerSysctls(links: readonly ContainerLink[]): Record<string, string> {
  const withIpv6 = links.filter(({addresses}) => addresses.some((address) => address.includes(':')));
  return Object.fromEntries(withIpv6.map(({position}) => [`net.ipv6.conf.eth${position}.accept_ra`, '0']));
}

function describeFailure(error: unknown, {name}: LinkedContainer, links: readonly ContainerLink[]): unknown {
  const parents = links.flatMap(({on}) => (on.kind === 'macvlan' ? [on.parent] : []));
  const missing = parents.find((parent) => !interfaceNames().has(parent));
  if (missing === undefined) return error;
  return new EngineError(
    'network-not-found',
    `cannot connect ${name}: the host has no interface ${missing}`,
    {
      hint: "'ip -br link' lists them; the network's 'parent' option names one",
      cause: error,
      exit: 125,
    },
  );
}
