// Walks a packet through the host's chains and tells which rule decides over it. Where a rule looks at what is not
// known (the source, a rate, a mark), both ways are followed. Pure.
import type {Packet} from './packet.ts';
import type {Chain, Condition, HostRuleset, Rule} from './rule.ts';

export type Outcome = 'accept' | 'drop' | 'reject' | 'translate';

export interface Decision {
  readonly outcome: Outcome;
  /** What has to hold for it beyond what is known of the packet. Empty: it holds for all that comes this far. */
  readonly when: readonly string[];
  readonly chain: Chain;
  /** Absent: the chain's policy. */
  readonly rule?: Rule;
}

/** What one base chain does, in order: the first decision whose conditions hold is the one. */
export interface ChainResult {
  readonly chain: Chain;
  readonly decisions: readonly Decision[];
}

export type Judgement = 'accepted' | 'refused' | 'depends';

/** The base chains of the packet's hook in the kernel's order, up to the first that lets nothing on. */
export function walkHook(ruleset: HostRuleset, packet: Packet): ChainResult[] {
  const results: ChainResult[] = [];
  for (const chain of baseChains(ruleset, packet)) {
    const result = {chain, decisions: walkBase(ruleset, chain, packet)};
    results.push(result);
    if (judge([result]) === 'refused') break;
  }
  return results;
}

/** What all these chains do together. */
export function judge(results: readonly ChainResult[]): Judgement {
  const outcomes = results.map(({decisions}) => new Set(decisions.map(({outcome}) => isRefusal(outcome))));
  if (outcomes.some((refusals) => !refusals.has(false))) return 'refused';
  return outcomes.some((refusals) => refusals.has(true)) ? 'depends' : 'accepted';
}

export function isRefusal(outcome: Outcome): boolean {
  return outcome === 'drop' || outcome === 'reject';
}

function baseChains({chains}: HostRuleset, {hook, family}: Packet): Chain[] {
  return chains
    .filter((chain) => chain.base?.hook === hook && chain.family !== (family === 4 ? 'ip6' : 'ip'))
    .sort((a, b) => (a.base?.priority ?? 0) - (b.base?.priority ?? 0));
}

function walkBase(ruleset: HostRuleset, chain: Chain, packet: Packet): Decision[] {
  const walk = new Walk(ruleset, packet);
  if (walk.chain(chain, [], 0)) {
    walk.decisions.push({outcome: chain.base?.policy ?? 'accept', when: [], chain});
  }
  return withoutEcho(walk.decisions);
}

// What is decided as the last word decides anyway does not need to be told apart, when nothing comes in between.
function withoutEcho(decisions: Decision[]): Decision[] {
  const last = decisions.at(-1);
  const differs = decisions.findLastIndex(({outcome}) => outcome !== last?.outcome);
  return decisions.filter((_, index) => index <= differs || index === decisions.length - 1);
}

const deepest = 16; // the kernel's NFT_JUMP_STACK_SIZE

class Walk {
  readonly decisions: Decision[] = [];
  readonly #ruleset: HostRuleset;
  readonly #packet: Packet;
  /** What is known by now of conditions that the packet does not tell: their text to their answer. */
  readonly #known = new Map<string, boolean>();

  constructor(ruleset: HostRuleset, packet: Packet) {
    this.#ruleset = ruleset;
    this.#packet = packet;
  }

  /** False when nothing gets to the end of the chain. `when` is what the packets here have in common. */
  chain(chain: Chain, when: readonly string[], depth: number): boolean {
    let common = when;
    let someReturn = false;
    for (const rule of chain.rules) {
      const unknown = this.#unknownOf(rule);
      if (unknown === undefined) continue;
      const texts = unknown.map(({text}) => text);
      const {verdict} = rule;
      if (verdict.kind === 'continue') continue;
      if (verdict.kind === 'return') {
        if (unknown.length === 0) return true;
        someReturn = true;
        common = [...common, `not (${texts.join(' ')})`];
        continue;
      }
      const here = [...new Set([...common, ...texts])];
      if (verdict.kind === 'jump' || verdict.kind === 'goto') {
        const goesOn = this.#jump(chain, verdict.chain, here, unknown, depth);
        if (unknown.length > 0) continue;
        if (!goesOn) return someReturn;
        if (verdict.kind === 'goto') return true;
        continue;
      }
      this.decisions.push({outcome: verdict.kind, when: here, chain, rule});
      if (unknown.length === 0) return someReturn;
      // Only what is certain for every packet that goes on: one condition, met by none of them.
      const [only] = unknown;
      if (unknown.length === 1 && only && common.length === 0) this.#known.set(only.text, false);
    }
    return true;
  }

  #jump(
    from: Chain,
    name: string,
    when: readonly string[],
    unknown: readonly Condition[],
    depth: number,
  ): boolean {
    const target = this.#ruleset.chains.find(
      (chain) =>
        chain.name === name &&
        chain.family === from.family &&
        chain.table === from.table &&
        chain.tool === from.tool,
    );
    if (!target || depth >= deepest) return true;
    const before = new Map(this.#known);
    for (const {text} of unknown) this.#known.set(text, true);
    const goesOn = this.chain(target, when, depth + 1);
    if (unknown.length > 0) {
      this.#known.clear();
      for (const [text, answer] of before) this.#known.set(text, answer);
    }
    return goesOn;
  }

  /** The conditions that may hold or not; undefined when one does not hold. */
  #unknownOf(rule: Rule): Condition[] | undefined {
    const unknown: Condition[] = [];
    for (const condition of rule.conditions) {
      const answer = condition.test(this.#packet) ?? this.#known.get(condition.text);
      if (answer === false) return undefined;
      if (answer === undefined) unknown.push(condition);
    }
    return unknown;
  }
}
