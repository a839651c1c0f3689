// What the host's rules are once they are read, whichever program wrote them. Plain values, and tests of one packet.
import type {Hook, Packet} from './packet.ts';

/** Undefined: it depends on what is not known of the packet. */
export type Answer = boolean | undefined;

export interface Condition {
  /** As its own program writes it. */
  readonly text: string;
  test(packet: Packet): Answer;
}

export type Verdict =
  | {kind: 'accept' | 'drop' | 'reject' | 'translate' | 'return' | 'continue'}
  | {kind: 'jump' | 'goto'; chain: string};

export interface Rule {
  readonly text: string;
  /** nft's number of the rule, for `nft delete rule`. */
  readonly handle?: number;
  readonly conditions: readonly Condition[];
  readonly verdict: Verdict;
}

export interface Chain {
  /** Whose words the rules are in, and which program changes them. */
  readonly tool: 'nft' | 'iptables' | 'iptables-legacy';
  readonly family: 'inet' | 'ip' | 'ip6';
  readonly table: string;
  readonly name: string;
  /** Of a chain that the kernel calls. */
  readonly base?: {hook: Hook; type: string; priority: number; policy: 'accept' | 'drop'};
  readonly rules: readonly Rule[];
}

export interface HostRuleset {
  readonly chains: readonly Chain[];
}
