// The ways to one port of this host, from all sides, hop by hop: the host's rules, the translation, the container. Pure:
// works on facts, so that an answer can be tried on any ruleset.
import type {TransportProtocol} from '../../bundles/network-options.ts';
import {familyOf, type IpAddress, isLoopback, isUnspecified, socketText} from '../addresses/ip-address.ts';
import {detourIn, detourOut} from './detour-names.ts';
import {type DecisionView, openingCommand, viewDecisions} from './host-firewall/decision-view.ts';
import {isRefusal, type Judgement, judge, walkHook} from './host-firewall/evaluate.ts';
import type {Hook, Packet} from './host-firewall/packet.ts';
import type {HostRuleset} from './host-firewall/rule.ts';

export interface PortFacts {
  port: number;
  protocol: TransportProtocol;
  /** Where the connection comes from, when that is known. */
  from?: IpAddress;
  policy: 'host' | 'open';
  /** Addresses of the host that others reach it by. */
  addresses: {interface: string; address: IpAddress}[];
  /** Networks whose containers may come to the host. */
  networks: {name: string; bridge: string; gateways: IpAddress[]}[];
  published: PublishedFact[];
  listeners: HostListener[];
  ruleset: HostRuleset;
}

export interface PublishedFact {
  container: {id: string; name: string; running: boolean};
  hostIp: IpAddress;
  containerPort: number;
  /** Absent: the container has no address there that the port could lead to. */
  target?: {address: IpAddress; bridge: string; network: string; internal: boolean};
  /** The addresses that something listens on in the container; undefined when that cannot be seen. */
  listening?: IpAddress[];
}

export interface HostListener {
  address: IpAddress;
  process?: {pid: number; name: string};
}

export type PathVerdict = 'reachable' | 'refused' | 'depends' | 'nothing listens';

export interface PortPath {
  /** `this host`, `outside by eth0`, `containers of net1`. */
  from: string;
  address: IpAddress;
  verdict: PathVerdict;
  hops: PortHop[];
}

export interface PortHop {
  at: 'prerouting' | 'input' | 'detour' | 'output' | 'forward' | 'translation' | 'container' | 'process';
  verdict: PathVerdict;
  /** One line, when there is something to say beside the decisions. */
  text?: string;
  decisions: DecisionView[];
  /** The command that would let it through. */
  command?: string;
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

const words: Record<Judgement, PathVerdict> = {accepted: 'reachable', refused: 'refused', depends: 'depends'};

function judgeHop({ruleset}: PortFacts, hook: Hook, base: Packet): PortHop {
  const packet = {...base, hook};
  const results = walkHook(ruleset, packet);
  const judgement = judge(results);
  const refusal = results.flatMap(({decisions}) => decisions).find(({outcome}) => isRefusal(outcome));
  return {
    at: hook,
    verdict: words[judgement],
    decisions: viewDecisions(results).filter(isTelling),
    ...(refusal && {command: openingCommand(ruleset, packet, refusal.chain)}),
  };
}

// A chain without rules that accepts by its policy says nothing.
function isTelling({outcome, when, rule}: DecisionView): boolean {
  return outcome !== 'accept' || when.length > 0 || rule !== undefined;
}

function packetAt(facts: PortFacts, destination: IpAddress, more: Partial<Packet>): Packet {
  const {port, protocol} = facts;
  return {
    hook: 'input',
    family: familyOf(destination),
    protocol,
    port,
    destination,
    translated: false,
    ...more,
  };
}

function packetTo(facts: PortFacts, {target, containerPort}: PublishedFact, more: Partial<Packet>): Packet {
  const base = packetAt(facts, target?.address ?? ('0.0.0.0' as IpAddress), more);
  return {...base, port: containerPort, translated: true};
}

function translationHop({container, target, containerPort}: PublishedFact): PortHop {
  const base = {at: 'translation' as const, decisions: []};
  if (!target) return {...base, verdict: 'refused', text: `${container.name} has no address of this family`};
  const address = socketText(target.address, containerPort);
  if (!target.internal)
    return {...base, verdict: 'reachable', text: `becomes ${address}, network ${target.network}`};
  return {
    ...base,
    verdict: 'refused',
    text: `network ${target.network} is internal: there is no way into it`,
  };
}

function containerHop({container, target, containerPort, listening}: PublishedFact): PortHop {
  const base = {at: 'container' as const, decisions: []};
  if (!container.running)
    return {...base, verdict: 'nothing listens', text: `${container.name} does not run`};
  if (listening === undefined || !target) return {...base, verdict: 'reachable'};
  const fits = listening.filter((address) => takes(address, target.address));
  if (fits[0] !== undefined) {
    return {
      ...base,
      verdict: 'reachable',
      text: `${container.name} listens on ${socketText(fits[0], containerPort)}`,
    };
  }
  const [only] = listening;
  const text =
    only === undefined
      ? `nothing in ${container.name} listens on port ${containerPort}`
      : `${container.name} listens on ${socketText(only, containerPort)} only: its program has to listen on ${familyOf(target.address) === 4 ? '0.0.0.0' : '::'}`;
  return {...base, verdict: 'nothing listens', text};
}

function processHop({address, process}: HostListener): PortHop {
  const who = process ? `${process.name} (pid ${process.pid})` : 'a program of this host';
  return {at: 'process', verdict: 'reachable', decisions: [], text: `${who} listens on ${address}`};
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

// An IPv6 wildcard takes IPv4 too, unless its program has said otherwise.
function takes(listening: IpAddress, address: IpAddress): boolean {
  return listening === address || listening === '::' || (isUnspecified(listening) && familyOf(address) === 4);
}
