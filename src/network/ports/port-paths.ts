// The ways to one port of this host, from all sides, hop by hop: the host's rules, the translation, the container. Pure:
// works on facts, so that an answer can be tried on any ruleset.
import {familyOf, type IpAddress, isLoopback, isUnspecified} from '../../addresses/ip-address.ts';
import type {Packet} from '../host-firewall/packet.ts';
import {detourIn, detourOut} from '../names/detour-names.ts';
import {
  containerHop,
  type HostListener,
  judgeHop,
  type PathVerdict,
  type PortFacts,
  type PortHop,
  type PublishedFact,
  packetAt,
  packetTo,
  processHop,
  takes,
  translationHop,
} from './port-hops.ts';

export interface PortPath {
  /** `this host`, `outside by eth0`, `containers of net1`. */
  from: string;
  address: IpAddress;
  verdict: PathVerdict;
  hops: PortHop[];
}

/** Every way that there is an address for. */
export function portPaths(facts: PortFacts): PortPath[] {
  return [...hostPaths(facts), ...containerPaths(facts), ...outsidePaths(facts)];
}

function hostPaths(facts: PortFacts): PortPath[] {
  const own = new Set(facts.addresses.map(({address}) => address));
  return (['127.0.0.1', '::1'] as IpAddress[]).flatMap((loopback) => {
    const published =
      publishedAt(facts, loopback) ??
      facts.published.find(({hostIp}) => own.has(hostIp) && familyOf(hostIp) === familyOf(loopback));
    const address = published && !isUnspecified(published.hostIp) ? published.hostIp : loopback;
    const from = 'this host';
    if (published) {
      const {target} = published;
      const out =
        target && judgeHop(facts, 'output', packetTo(facts, published, {outInterface: target.bridge}));
      return [
        path(from, address, [translationHop(published), ...(out ? [out] : []), containerHop(published)]),
      ];
    }
    const listener = listenerAt(facts, loopback);
    if (!listener) return [];
    const packet = packetAt(facts, loopback, {inInterface: 'lo', outInterface: 'lo', source: loopback});
    return [
      path(from, loopback, [
        judgeHop(facts, 'output', packet),
        judgeHop(facts, 'input', packet),
        processHop(listener),
      ]),
    ];
  });
}

function containerPaths(facts: PortFacts): PortPath[] {
  return facts.networks.flatMap(({name, bridge, gateways}) =>
    gateways.flatMap((gateway) => fromWire(facts, `containers of ${name}`, bridge, gateway)),
  );
}

function outsidePaths(facts: PortFacts): PortPath[] {
  return facts.addresses.flatMap((own) =>
    fromWire(facts, `outside by ${own.interface}`, own.interface, own.address, facts.from),
  );
}

function fromWire(
  facts: PortFacts,
  from: string,
  inInterface: string,
  address: IpAddress,
  source?: IpAddress,
): PortPath[] {
  if (source !== undefined && familyOf(source) !== familyOf(address)) return [];
  const come = {inInterface, ...(source !== undefined && {source})};
  const arriving = packetAt(facts, address, come);
  const published = publishedAt(facts, address);
  const listener = listenerAt(facts, address);
  if (published) {
    const before = [
      judgeHop(facts, 'prerouting', arriving),
      ...(facts.policy === 'host'
        ? [judgeHop(facts, 'input', arriving), ...detourHops(facts, arriving)]
        : []),
    ];
    // A copy of what the host's input rules let in comes by the detour; see docs/decisions/0084.
    const forwarded = facts.policy === 'host' ? {...come, inInterface: detourIn} : come;
    const {target} = published;
    const forward =
      target &&
      judgeHop(facts, 'forward', packetTo(facts, published, {...forwarded, outInterface: target.bridge}));
    return [
      path(from, address, [
        ...before,
        translationHop(published),
        ...(forward ? [forward] : []),
        containerHop(published),
      ]),
    ];
  }
  if (!listener) return [];
  const hops = [
    judgeHop(facts, 'prerouting', arriving),
    judgeHop(facts, 'input', arriving),
    processHop(listener),
  ];
  return [path(from, address, hops)];
}

// A copy of what was let in goes out of one end of the detour, unseen by connection tracking, and in by the other.
function detourHops(facts: PortFacts, arriving: Packet): PortHop[] {
  const {inInterface: _, ...copy} = arriving;
  const out = judgeHop(facts, 'output', {...copy, outInterface: detourOut, untracked: true});
  const back = judgeHop(facts, 'prerouting', {...arriving, inInterface: detourIn});
  return [out, back].filter(({verdict}) => verdict !== 'reachable').map((hop) => ({...hop, at: 'detour'}));
}

// Behind a refusal only what would refuse too is told: a person who opens one wants to know of the next.
function path(from: string, address: IpAddress, all: PortHop[]): PortPath {
  const isEnd = ({verdict}: PortHop) => verdict === 'refused' || verdict === 'nothing listens';
  const end = all.findIndex(isEnd);
  const hops = all.filter((hop, index) =>
    end !== -1 && index > end ? isEnd(hop) : hop.text !== undefined || hop.decisions.length > 0 || isEnd(hop),
  );
  const verdict =
    all[end]?.verdict ?? (all.some((hop) => hop.verdict === 'depends') ? 'depends' : 'reachable');
  return {from, address, verdict, hops};
}

function publishedAt({published}: PortFacts, address: IpAddress): PublishedFact | undefined {
  const family = published.filter(({hostIp}) => familyOf(hostIp) === familyOf(address));
  return (
    family.find(({hostIp}) => hostIp === address) ??
    family.find(({hostIp}) => isUnspecified(hostIp)) ??
    family.find(({hostIp}) => isLoopback(address) && isLoopback(hostIp))
  );
}

function listenerAt({listeners}: PortFacts, address: IpAddress): HostListener | undefined {
  return listeners.find((listener) => takes(listener.address, address));
}
