// Reads the host's ruleset from nft's JSON, without crundle's own tables. The text of a rule is taken from nft's own
// listing by its handle, where one is given. Pure.
import type {NftObject} from '../firewall/nft.ts';
import {isRecord, soleEntry, textOf} from './nft-fields.ts';
import {elementValue, type NamedSets, open, readKey, readMatch, valueText} from './nft-match.ts';
import type {Hook} from './packet.ts';
import type {Chain, Condition, HostRuleset, Rule, Verdict} from './rule.ts';

const hooks = ['prerouting', 'input', 'forward', 'output'];
const families = ['inet', 'ip', 'ip6'];

/** `listing` is what `nft -a list ruleset` prints, for the words of the rules. */
export function readNftRuleset(objects: readonly NftObject[], listing = ''): HostRuleset {
  const texts = ruleTexts(listing);
  const host = objects.filter((object) => {
    const [kind, value] = soleEntry(object) ?? [];
    const table = kind === 'table' ? textOf(value, 'name') : textOf(value, 'table');
    return families.includes(textOf(value, 'family')) && table !== 'crundle';
  });
  const sets = tableSets(host);
  const rules = Map.groupBy(
    host.flatMap(({rule}) => (rule ? [rule] : [])),
    (rule) => `${rule.family} ${rule.table} ${rule.chain}`,
  );
  const chains = host.flatMap(({chain}) => (chain ? [chain] : []));
  return {
    chains: chains.map((chain): Chain => {
      const place = `${chain.family} ${chain.table} ${chain.name}`;
      const named = sets.get(`${chain.family} ${chain.table}`) ?? new Map();
      const base = baseOf(chain);
      return {
        tool: 'nft',
        family: textOf(chain, 'family') as Chain['family'],
        table: textOf(chain, 'table'),
        name: textOf(chain, 'name'),
        ...(base && {base}),
        rules: (rules.get(place) ?? []).flatMap((rule) =>
          readRule(rule, named, texts.get(`${place} ${rule.handle}`)),
        ),
      };
    }),
  };
}

function baseOf(chain: Record<string, unknown>): Chain['base'] {
  const hook = textOf(chain, 'hook');
  if (!hooks.includes(hook)) return undefined;
  return {
    hook: hook as Hook,
    type: textOf(chain, 'type'),
    priority: typeof chain.prio === 'number' ? chain.prio : 0,
    policy: chain.policy === 'drop' ? 'drop' : 'accept',
  };
}

function tableSets(objects: readonly NftObject[]): Map<string, Map<string, readonly unknown[]>> {
  const tables = new Map<string, Map<string, readonly unknown[]>>();
  for (const object of objects) {
    const set = object.set ?? object.map;
    if (!set) continue;
    const table = `${set.family} ${set.table}`;
    const named = tables.get(table) ?? new Map<string, readonly unknown[]>();
    named.set(textOf(set, 'name'), Array.isArray(set.elem) ? set.elem : []);
    tables.set(table, named);
  }
  return tables;
}

// A verdict map becomes one rule an element.
function readRule(rule: Record<string, unknown>, sets: NamedSets, listed: string | undefined): Rule[] {
  const statements = Array.isArray(rule.expr) ? rule.expr : [];
  const conditions: Condition[] = [];
  const place = typeof rule.handle === 'number' ? {handle: rule.handle} : {};
  const make = (verdict: Verdict, words: string, more: Condition[] = []): Rule => ({
    text: listed ?? [...conditions.map(({text}) => text), words].filter((part) => part !== '').join(' '),
    ...place,
    conditions: [...conditions, ...more],
    verdict,
  });
  for (const statement of statements) {
    const [type, value] = soleEntry(statement) ?? [];
    if (type === undefined) continue;
    if (type === 'vmap' && isRecord(value)) {
      return mapElements(value.data, sets).map(([key, verdict]) =>
        make(readVerdict(verdict), 'vmap', [readKey(value.key, key, sets)]),
      );
    }
    const condition = conditionOf(type, value, sets) ?? impliedBy(type, value);
    if (condition) conditions.push(condition);
    const verdict = readVerdict(statement);
    if (verdict.kind !== 'continue') return [make(verdict, verdictText(verdict))];
  }
  return [make({kind: 'continue'}, '')];
}

function conditionOf(type: string, value: unknown, sets: NamedSets): Condition | undefined {
  if (type === 'match') return readMatch(value, sets);
  if (type === 'limit') return open(limitText(value));
  if (type === 'xt')
    return textOf(value, 'type') === 'match' ? open(`match ${textOf(value, 'name')}`) : undefined;
  if (['quota', 'ct count', 'meter', 'set', 'connlimit'].includes(type)) return open(type);
  return undefined;
}

// nft leaves out of its listing what a statement implies: an ICMPv6 answer can only be to IPv6.
function impliedBy(type: string, value: unknown): Condition | undefined {
  const kind = type === 'reject' ? textOf(value, 'type') : textOf(value, 'family');
  if (kind === 'tcp reset') return {text: 'meta l4proto tcp', test: ({protocol}) => protocol === 'tcp'};
  if (kind === 'icmp' || kind === 'ip') return {text: 'meta nfproto ipv4', test: ({family}) => family === 4};
  if (kind === 'icmpv6' || kind === 'ip6')
    return {text: 'meta nfproto ipv6', test: ({family}) => family === 6};
  return undefined;
}

function limitText(value: unknown): string {
  if (!isRecord(value)) return 'limit';
  return `limit rate ${value.inv === true ? 'over ' : ''}${value.rate}/${value.per}`;
}

function mapElements(data: unknown, sets: NamedSets): [unknown, unknown][] {
  const inline = isRecord(data) ? data.set : undefined;
  const elements =
    typeof data === 'string' && data.startsWith('@')
      ? sets.get(data.slice(1))
      : Array.isArray(inline)
        ? inline
        : [];
  return (elements ?? []).flatMap((element): [unknown, unknown][] =>
    Array.isArray(element) ? [[elementValue(element[0]), element[1]]] : [],
  );
}

// What goes elsewhere (to a program, to another address) leaves the way that is followed here.
const translations = ['dnat', 'redirect', 'tproxy', 'queue', 'fwd'];

function readVerdict(statement: unknown): Verdict {
  const [type = '', value] = soleEntry(statement) ?? [];
  if (type === 'accept' || type === 'drop' || type === 'return' || type === 'reject') return {kind: type};
  if (type === 'jump' || type === 'goto') return {kind: type, chain: textOf(value, 'target')};
  if (translations.includes(type)) return {kind: 'translate'};
  if (type === 'xt' && textOf(value, 'type') === 'target') return xtVerdict(textOf(value, 'name'));
  return {kind: 'continue'};
}

// Without iptables' own words for it, all that is known of such a target is its name.
function xtVerdict(name: string): Verdict {
  if (name === 'REJECT') return {kind: 'reject'};
  if (name === 'DNAT' || name === 'REDIRECT' || name === 'TPROXY') return {kind: 'translate'};
  return {kind: 'continue'};
}

function verdictText(verdict: Verdict): string {
  return 'chain' in verdict ? `${verdict.kind} ${valueText(verdict.chain)}` : verdict.kind;
}

// Lines of `nft -a list ruleset`: a table, a chain in it, a rule in that, each with its handle in a comment.
function ruleTexts(listing: string): Map<string, string> {
  const texts = new Map<string, string>();
  let table = '';
  let chain = '';
  for (const line of listing.split('\n')) {
    const [, newTable] = /^table (\S+ \S+) \{/.exec(line) ?? [];
    const [, newChain] = /^\tchain (\S+) \{/.exec(line) ?? [];
    if (newTable !== undefined) table = newTable;
    if (newChain !== undefined) chain = newChain;
    const [, text, handle] = /^\t\t(.+) # handle (\d+)$/.exec(line) ?? [];
    if (text !== undefined)
      texts.set(`${table} ${chain} ${handle}`, text.replace(/counter packets \d+ bytes \d+ /, ''));
  }
  return texts;
}
