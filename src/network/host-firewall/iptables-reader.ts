// Reads rules as `iptables-save` prints them: of the hosts whose firewall is ufw, or a script of iptables lines. Options
// that are not understood become conditions that may hold or not. Pure.
import type {IpAddress} from '../../addresses/ip-address.ts';
import {destinationType} from './nft-fields.ts';
import {open} from './nft-match.ts';
import type {Hook, Packet} from './packet.ts';
import type {Answer, Chain, Condition, Rule, Verdict} from './rule.ts';
import {holdsAddress, namesInterface, negated} from './values.ts';

const hooks: Record<string, Hook> = {
  PREROUTING: 'prerouting',
  INPUT: 'input',
  FORWARD: 'forward',
  OUTPUT: 'output',
};

// NF_IP_PRI_*; those of the table nat are its destination half's, which is what a published port meets.
const priorities: Record<string, number> = {raw: -300, mangle: -150, nat: -100, filter: 0, security: 50};

/** Chains of one family. */
export function readIptables(save: string, family: 'ip' | 'ip6', tool: Chain['tool']): Chain[] {
  const chains = new Map<string, Chain & {rules: Rule[]}>();
  let table = '';
  for (const line of save.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim();
    const [, name, policy] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (name !== undefined) {
      const base = baseOf(table, name, policy);
      chains.set(`${table} ${name}`, {tool, family, table, name, ...(base && {base}), rules: []});
    }
    const [, chain] = /^-A (\S+)/.exec(line) ?? [];
    if (chain !== undefined) chains.get(`${table} ${chain}`)?.rules.push(readRule(line));
  }
  return [...chains.values()];
}

function baseOf(table: string, name: string, policy: string | undefined): Chain['base'] {
  const hook = hooks[name];
  // nat's INPUT is about sources.
  if (hook === undefined || policy === '-' || (table === 'nat' && hook === 'input')) return undefined;
  const type = table === 'nat' ? 'nat' : 'filter';
  return {hook, type, priority: priorities[table] ?? 0, policy: policy === 'DROP' ? 'drop' : 'accept'};
}

interface Option {
  name: string;
  values: string[];
  negate: boolean;
  text: string;
}

function readRule(line: string): Rule {
  const options = readOptions(words(line).slice(2));
  const jump = options.findIndex(({name}) => name === '-j' || name === '-g');
  const matches = jump === -1 ? options : options.slice(0, jump);
  return {
    text: line,
    conditions: matches.flatMap((option) => recentCondition(option, matches) ?? readCondition(option) ?? []),
    verdict: readVerdict(options[jump]),
  };
}

/** Words of a line, quotes taken off. */
function words(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replace(/\\(.)/g, '$1'),
  );
}

function readOptions(list: readonly string[]): Option[] {
  const options: Option[] = [];
  let negate = false;
  for (const word of list) {
    if (word === '!') negate = true;
    else if (/^--?[a-z]/i.test(word)) {
      options.push({name: word, values: [], negate, text: `${negate ? '! ' : ''}${word}`});
      negate = false;
    } else {
      const last = options.at(-1);
      last?.values.push(word);
      if (last) last.text += ` ${word}`;
    }
  }
  return options;
}

// Options that are no conditions, or belong to one that is named already.
const silent = [
  '-m',
  '--comment',
  '--limit-burst',
  '--name',
  '--mask',
  '--rsource',
  '--rdest',
  '--seconds',
  '--reap',
  '--hitcount',
  '--set',
];

function readCondition({name, values, negate, text}: Option): Condition | undefined {
  if (silent.includes(name)) return undefined;

  const [value = ''] = values;
  const condition = (test: (packet: Packet) => Answer): Condition => ({
    text,
    test: (packet) => (negate ? negated(test(packet)) : test(packet)),
  });
  switch (name) {
    case '-i':
      return condition(({hook, inInterface}) => onInterface(value, hook === 'output' ? '' : inInterface));
    case '-o':
      return condition(({outInterface}) => onInterface(value, outInterface));
    case '-s':
      return condition(({source}) => inPrefix(value, source));
    case '-d':
      return condition(({destination}) => inPrefix(value, destination));
    case '-p':
      return condition(({protocol}) => value === protocol || value === 'all');
    case '--dport':
    case '--dports':
    case '--ports':
      return condition(({port}) => value.split(',').some((part) => holdsPort(part, port)));
    case '--ctstate':
    case '--state':
      return condition(({translated, untracked}) => {
        const states = value.split(',');
        if (untracked) return states.includes('UNTRACKED');
        return states.includes('NEW') || (translated && states.includes('DNAT'));
      });
    case '--ctstatus':
      return condition(
        ({translated}) => (value === 'NONE') !== translated && !/^(EXPECTED|ASSURED)$/.test(value),
      );
    case '--dst-type':
      return condition((packet) => value.split(',').includes(destinationType(packet).toUpperCase()));
    case '--dst-range':
      return condition(({destination}) => inPrefix(value, destination));
    case '--src-range':
      return condition(({source}) => inPrefix(value, source));
    case '--syn':
      return condition(({protocol}) => protocol === 'tcp');
    case '--tcp-flags':
      return condition(() => isFirstPacket(values));
    case '--icmp-type':
    case '--icmpv6-type':
    case '--rt-type': // an IPv6 routing header, which no common packet has
      return condition(() => false);
    default:
      return open(text);
  }
}

// What `ufw limit` makes: too many new connections in a while.
function recentCondition({name, negate}: Option, all: readonly Option[]): Condition | undefined {
  if (name !== '--update' && name !== '--rcheck') return undefined;
  const value = (wanted: string) => all.find((option) => option.name === wanted)?.values[0] ?? '?';
  return open(`${negate ? 'not ' : ''}${value('--hitcount')} connections in ${value('--seconds')} s`);
}

function onInterface(value: string, name: string | undefined): Answer {
  return name === undefined ? undefined : namesInterface(value, name);
}

function inPrefix(text: string, address: IpAddress | undefined): Answer {
  if (/^(0\.0\.0\.0|::)\/0$/.test(text)) return true;
  return address === undefined ? undefined : text.split(',').some((part) => holdsAddress(part, address));
}

function holdsPort(text: string, port: number): boolean {
  const [low = Number.NaN, high = low] = text.split(':').map(Number);
  return low <= port && port <= high;
}

// The first packet of a connection has SYN alone.
function isFirstPacket([mask = '', set = '']: readonly string[]): boolean {
  const seen = mask.split(',').filter((flag) => flag === 'SYN' || flag === 'ALL').length > 0 ? 'SYN' : 'NONE';
  return set === seen;
}

function readVerdict(option: Option | undefined): Verdict {
  const [target = ''] = option?.values ?? [];
  switch (target) {
    case 'ACCEPT':
      return {kind: 'accept'};
    case 'DROP':
      return {kind: 'drop'};
    case 'REJECT':
      return {kind: 'reject'};
    case 'RETURN':
      return {kind: 'return'};
    case 'DNAT':
    case 'REDIRECT':
    case 'TPROXY':
    case 'NFQUEUE':
      return {kind: 'translate'};
    default:
      // LOG, MARK and their like have upper-case names, a person's own chain is found by its name or is not there.
      return target === ''
        ? {kind: 'continue'}
        : {kind: option?.name === '-g' ? 'goto' : 'jump', chain: target};
  }
}
