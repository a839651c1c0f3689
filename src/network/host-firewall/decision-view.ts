// Decisions over a packet as plain data, for JSON and for people, and the command that would change them. Pure.
import type {ChainResult, Decision, Outcome} from './evaluate.ts';
import type {Packet} from './packet.ts';
import type {Chain, HostRuleset} from './rule.ts';

export interface DecisionView {
  outcome: Outcome;
  /** What has to hold beyond the question; empty: for all that comes this far. */
  when: string[];
  tool: Chain['tool'];
  family: Chain['family'];
  table: string;
  chain: string;
  /** The rule in its program's words; absent when the chain's policy decides. */
  rule?: string;
  handle?: number;
}

export function viewDecisions(results: readonly ChainResult[]): DecisionView[] {
  return results.flatMap(({decisions}) => decisions.map(view));
}

function view({outcome, when, chain, rule}: Decision): DecisionView {
  return {
    outcome,
    when: [...when],
    tool: chain.tool,
    family: chain.family,
    table: chain.table,
    chain: chain.name,
    ...(rule && {rule: rule.text}),
    ...(rule?.handle !== undefined && {handle: rule.handle}),
  };
}

/** The command that lets the packet through, in the words of what keeps the rules: ufw, firewalld, iptables or nft. */
export function openingCommand(ruleset: HostRuleset, packet: Packet, refusing: Chain): string {
  if (ruleset.chains.some(({name}) => name.startsWith('ufw-'))) return ufwCommand(packet);
  if (refusing.table === 'firewalld') return firewalldCommand(packet);
  const chain = baseChain(ruleset, refusing, packet.hook);
  return chain.tool === 'nft' ? nftCommand(packet, chain) : iptablesCommand(packet, chain);
}

function ufwCommand({hook, port, protocol, inInterface, outInterface}: Packet): string {
  const inside = inInterface === undefined ? '' : ` in on ${inInterface}`;
  const outside = outInterface === undefined ? '' : ` out on ${outInterface}`;
  if (hook === 'forward') return `ufw route allow${inside}${outside}`;
  if (hook === 'output') return `ufw allow${outside}`;
  if (inside === '') return `ufw allow ${port}/${protocol}`;
  return `ufw allow${inside} to any port ${port} proto ${protocol}`;
}

function firewalldCommand({hook, port, protocol, inInterface, outInterface}: Packet): string {
  const change =
    hook === 'forward' || hook === 'output'
      ? `--zone=trusted --add-interface=${outInterface ?? inInterface}`
      : `--add-port=${port}/${protocol}`;
  return `firewall-cmd --permanent ${change} && firewall-cmd --reload`;
}

function iptablesCommand(packet: Packet, {family, name, table}: Chain): string {
  const {inside, outside, portOnly} = conditionsOf(packet);
  const words = [
    inside !== undefined && `-i ${inside}`,
    outside !== undefined && `-o ${outside}`,
    portOnly && `-p ${packet.protocol} --dport ${packet.port}`,
  ];
  const program = family === 'ip6' ? 'ip6tables' : 'iptables';
  const where = table === 'filter' ? '' : ` -t ${table}`;
  return `${program}${where} -I ${name} ${words.filter(Boolean).join(' ')} -j ACCEPT`;
}

function nftCommand(packet: Packet, {family, table, name}: Chain): string {
  const {inside, outside, portOnly} = conditionsOf(packet);
  const words = [
    inside !== undefined && `iifname "${inside}"`,
    outside !== undefined && `oifname "${outside}"`,
    portOnly && `${packet.protocol} dport ${packet.port}`,
  ];
  return `nft 'insert rule ${family} ${table} ${name} ${words.filter(Boolean).join(' ')} accept'`;
}

// What is forwarded is told by its interfaces, what comes to the host by its port.
function conditionsOf({hook, inInterface, outInterface}: Packet) {
  return {
    inside: hook === 'output' ? undefined : inInterface,
    outside: hook === 'forward' || hook === 'output' ? outInterface : undefined,
    portOnly: hook === 'input' || hook === 'prerouting',
  };
}

// A rule in a chain that is jumped to is passed by one at the head of the chain that the kernel calls.
function baseChain({chains}: HostRuleset, refusing: Chain, hook: Packet['hook']): Chain {
  if (refusing.base) return refusing;
  const {family, table, tool} = refusing;
  return (
    chains.find(
      (chain) =>
        chain.base?.hook === hook && chain.family === family && chain.table === table && chain.tool === tool,
    ) ?? refusing
  );
}
