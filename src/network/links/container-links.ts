// A container's namespace and the interfaces in it: one batch of `ip` on the host, one inside. A veth's end on the host
// is named for its container, so that `ip -br link` tells whose it is.
import {EngineError, isEngineError} from '../../errors.ts';
import {kernelHasIpv6} from '../../system/sysctl.ts';
import {interfaceNames} from './bridge-links.ts';
import {aliasWord, interfaceWord, ipBatch, isFileExists, type Link, listLinks} from './ip.ts';
import {namespaceExists, namespaceName, removeNamespace} from './network-namespace.ts';

export interface LinkedContainer {
  id: string;
  name: string;
}

export interface ContainerLink {
  /** The interface is `eth` and this number. */
  position: number;
  on: {kind: 'bridge'; bridge: string; isolated: boolean} | {kind: 'macvlan'; parent: string; mode: string};
  mac: string;
  /** Absent: of a macvlan, its parent's, which it may not exceed; otherwise the kernel's 1500. */
  mtu?: number;
  /** As `172.17.0.2/16`. */
  addresses: readonly string[];
  /** Where this link gives the default route of a family. */
  gateways: readonly string[];
}

/**
 * `NAME-ID`, each shortened, and the position when it is not 0: 15 bytes at most. Pure. systemd-networkd takes `ve-…` and
 * `vb-…` for its own containers', gives them addresses and serves DHCP there: a container of that name gets a `_`.
 */
export function vethName({id, name}: LinkedContainer, position: number): string {
  const suffix = `-${id.slice(0, 6)}${position === 0 ? '' : position.toString(36)}`;
  const label = /^v[eb]$/.test(name) ? `${name}_` : name.slice(0, Math.min(7, 15 - suffix.length));
  return `${label}${suffix}`;
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

/** Leads what leaves the container by the links that are to give its default routes, after one has come or gone. */
export async function routeOut(container: LinkedContainer, links: readonly ContainerLink[]): Promise<void> {
  await ipBatch(links.flatMap(routeLines), {netns: namespaceName(container.id)});
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

/** A container and those of its links that are to be as they should. */
export interface WantedLinks {
  container: LinkedContainer;
  links: readonly ContainerLink[];
}

/**
 * Mends what became of links on the host's side: makes them ports of a bridge that was made anew, and makes them again
 * where they are gone. Costs one process when nothing is wrong. A container whose namespace is gone is left alone. Goes on
 * past failures; throws them together, or the only one.
 */
export async function reattachLinks(wanted: readonly WantedLinks[]): Promise<void> {
  if (wanted.length === 0) return;
  const found = new Map((await listLinks()).map((link) => [link.name, link]));
  const failures: unknown[] = [];
  for (const {container, links} of wanted) {
    if (!namespaceExists(container.id)) continue;
    for (const link of links) {
      try {
        await mendLink(container, link, found);
      } catch (error) {
        // Its container may have ended meanwhile.
        if (namespaceExists(container.id)) failures.push(error);
      }
    }
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, `cannot mend ${failures.length} links`);
}

async function mendLink(
  container: LinkedContainer,
  link: ContainerLink,
  found: ReadonlyMap<string, Link>,
): Promise<void> {
  // A macvlan is all in the container's namespace, and goes only with its parent.
  if (link.on.kind !== 'bridge') return;
  const name = vethName(container, link.position);
  const veth = found.get(name);
  if (!veth) return await addLink(container, link);
  if (veth.master !== link.on.bridge || !veth.isUp) await ipBatch(portLines(name, link.on));
}

function hostLines(container: LinkedContainer, link: ContainerLink): string[] {
  const {position, on, mac, mtu} = link;
  const netns = namespaceName(container.id);
  const width = mtu === undefined ? '' : ` mtu ${mtu}`;
  const inside = `eth${position} address ${mac}${width} netns ${netns}`;
  if (on.kind === 'macvlan') {
    return [
      `link add link ${interfaceWord(on.parent)} name ${inside} type macvlan mode ${macvlanMode(on.mode)}`,
    ];
  }
  const veth = vethName(container, position);
  const alias = aliasWord(`crundle container ${container.name} ${container.id.slice(0, 12)}`);
  return [
    `link add ${veth}${width} type veth peer name ${inside}`,
    `link set ${veth} alias ${alias}${withoutIpv6()}`,
    ...portLines(veth, on),
  ];
}

const macvlanModes = ['bridge', 'private', 'vepa', 'passthru'];

function macvlanMode(mode: string): string {
  if (macvlanModes.includes(mode)) return mode;
  throw new EngineError('invalid-option', `'${mode}' is no mode of macvlan`, {
    hint: `choose one of ${macvlanModes.join(', ')}`,
    exit: 125,
  });
}

// A kernel without IPv6 refuses even that.
function withoutIpv6(): string {
  return kernelHasIpv6() ? ' addrgenmode none' : '';
}

// hairpin: a container reaches itself by the host's address, which br_netfilter turns back at its own port. isolated: icc
// off, the ports of such a bridge do not see each other.
function portLines(veth: string, {bridge, isolated}: {bridge: string; isolated: boolean}): string[] {
  return [
    `link set ${veth} master ${interfaceWord(bridge)} up`,
    `link set ${veth} type bridge_slave hairpin on isolated ${isolated ? 'on' : 'off'}`,
  ];
}

function insideLines({position, addresses}: ContainerLink): string[] {
  const device = `eth${position}`;
  return [
    // Without IPv6 on the network there is none in the container, as under Docker.
    ...(hasIpv6(addresses) || !kernelHasIpv6() ? [] : [`link set ${device} addrgenmode none`]),
    ...addresses.map(
      (address) => `addr add ${address} dev ${device}${address.includes(':') ? ' nodad' : ''}`,
    ),
    `link set ${device} up`,
  ];
}

function hasIpv6(addresses: readonly string[]): boolean {
  return addresses.some((address) => address.includes(':'));
}

function routeLines({position, gateways}: ContainerLink): string[] {
  return gateways.map((gateway) => `route replace default via ${gateway} dev eth${position}`);
}

/**
 * For the container's config.json: without IPv6 on a network its interface takes none from a router of a macvlan's
 * neighbourhood either, and with it no neighbour can announce itself as the router.
 */
export function containerSysctls(links: readonly ContainerLink[]): Record<string, string> {
  if (!kernelHasIpv6()) return {};
  return {
    // Of interfaces that `network connect` will bring.
    'net.ipv6.conf.default.accept_ra': '0',
    ...Object.fromEntries(
      links.map(({position, addresses}) =>
        hasIpv6(addresses)
          ? [`net.ipv6.conf.eth${position}.accept_ra`, '0']
          : [`net.ipv6.conf.eth${position}.disable_ipv6`, '1'],
      ),
    ),
  };
}

function describeFailure(error: unknown, {name}: LinkedContainer, links: readonly ContainerLink[]): unknown {
  if (!isEngineError(error, 'program-failed')) return error;
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
