// The single steps of a way to a port: what the host's rules say at a hook, the translation, who listens. Pure.
import type {TransportProtocol} from '../../../bundles/network-options.ts';
import {familyOf, type IpAddress, isUnspecified, socketText} from '../../addresses/ip-address.ts';
import {type DecisionView, openingCommand, viewDecisions} from '../host-firewall/decision-view.ts';
import {isRefusal, type Judgement, judge, walkHook} from '../host-firewall/evaluate.ts';
import type {Hook, Packet} from '../host-firewall/packet.ts';
import type {HostRuleset} from '../host-firewall/rule.ts';

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

export interface PortHop {
  at: 'prerouting' | 'input' | 'detour' | 'output' | 'forward' | 'translation' | 'container' | 'process';
  verdict: PathVerdict;
  /** One line, when there is something to say beside the decisions. */
  text?: string;
  decisions: DecisionView[];
  /** The command that would let it through. */
  command?: string;
}

const words: Record<Judgement, PathVerdict> = {accepted: 'reachable', refused: 'refused', depends: 'depends'};

export function judgeHop({ruleset}: PortFacts, hook: Hook, base: Packet): PortHop {
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

export function packetAt(facts: PortFacts, destination: IpAddress, more: Partial<Packet>): Packet {
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

export function packetTo(
  facts: PortFacts,
  {target, containerPort}: PublishedFact,
  more: Partial<Packet>,
): Packet {
  const base = packetAt(facts, target?.address ?? ('0.0.0.0' as IpAddress), more);
  return {...base, port: containerPort, translated: true};
}

export function translationHop({container, target, containerPort}: PublishedFact): PortHop {
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

export function containerHop({container, target, containerPort, listening}: PublishedFact): PortHop {
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

export function processHop({address, process}: HostListener): PortHop {
  const who = process ? `${process.name} (pid ${process.pid})` : 'a program of this host';
  return {at: 'process', verdict: 'reachable', decisions: [], text: `${who} listens on ${address}`};
}

// An IPv6 wildcard takes IPv4 too, unless its program has said otherwise.
export function takes(listening: IpAddress, address: IpAddress): boolean {
  return listening === address || listening === '::' || (isUnspecified(listening) && familyOf(address) === 4);
}
