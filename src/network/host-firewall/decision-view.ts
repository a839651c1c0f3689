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
  const {hook, port, protocol, inInterface, outInterface} = packet;
  const isForward = hook === 'forward';
  if (ruleset.chains.some(({name}) => name.startsWith('ufw-'))) {
    if (!isForward)
      return `ufw allow ${inInterface === undefined ? '' : `in on ${inInterface} `}${inInterface === undefined ? `${port}/${protocol}` : `to any port ${port} proto ${protocol}`}`;
    return [
      'ufw route allow',
      inInterface && `in on ${inInterface}`,
      outInterface && `out on ${outInterface}`,
    ]
      .filter(Boolean)
      .join(' ');
  }
  if (refusing.table === 'firewalld') {
    return isForward
      ? `firewall-cmd --permanent --zone=trusted --add-interface=${outInterface ?? inInterface} && firewall-cmd --reload`
      : `firewall-cmd --permanent --add-port=${port}/${protocol} && firewall-cmd --reload`;
  }
  const chain = baseChain(ruleset, refusing, hook);
  if (chain.tool !== 'nft') {
    const program = chain.family === 'ip6' ? 'ip6tables' : 'iptables';
    const words = [
      inInterface !== undefined && `-i ${inInterface}`,
      isForward && outInterface !== undefined && `-o ${outInterface}`,
      !isForward && `-p ${protocol} --dport ${port}`,
    ];
    return `${program} -I ${chain.name} ${words.filter(Boolean).join(' ')} -j ACCEPT`;
  }
  const words = [
    inInterface !== undefined && `iifname "${inInterface}"`,
    isForward && outInterface !== undefined && `oifname "${outInterface}"`,
    !isForward && `${protocol} dport ${port}`,
  ];
  const place = `insert rule ${chain.family} ${chain.table} ${chain.name}`;
  const forth = `${place} ${words.filter(Boolean).join(' ')} accept`;
  // What is forwarded is also answered: in a chain that refuses by its policy, the answers need a rule too.
  const knowsAnswers = chain.rules.some(({text}) => text.includes('established'));
  const back = isForward && !knowsAnswers ? `; ${place} ct state established,related accept` : '';
  return `nft '${forth}${back}'`;
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
