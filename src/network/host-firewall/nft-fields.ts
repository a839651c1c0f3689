// The left side of a match in nft's JSON: what it reads of a packet, and how nft writes it. Pure.
import {isLoopback} from '../../addresses/ip-address.ts';
import type {Packet} from './packet.ts';

export interface Field {
  readonly text: string;
  readonly kind: 'name' | 'address' | 'number' | 'word';
  /** False for packets that have no such field: then no match holds, not even a negated one. */
  applies(packet: Packet): boolean;
  /** Undefined: not known. */
  read(packet: Packet): string | number | undefined;
}

const always = () => true;

/** Undefined for what is not understood. */
export function readField(left: unknown): Field | undefined {
  const [type, value] = soleEntry(left) ?? [];
  if (type === 'meta') return metaField(textOf(value, 'key'));
  if (type === 'ct') return ctField(textOf(value, 'key'));
  if (type === 'payload') return payloadField(textOf(value, 'protocol'), textOf(value, 'field'));
  if (type === 'fib') return fibField(value);
  return undefined;
}

function metaField(key: string): Field | undefined {
  const text = ['iifname', 'oifname', 'iif', 'oif'].includes(key) ? key : `meta ${key}`;
  const field = (kind: Field['kind'], read: Field['read']): Field => ({text, kind, applies: always, read});
  switch (key) {
    case 'iifname':
    case 'iif':
      return field('name', ({hook, inInterface}) => (hook === 'output' ? '' : inInterface));
    case 'oifname':
    case 'oif':
      return field('name', ({hook, outInterface}) =>
        hook === 'forward' || hook === 'output' ? outInterface : '',
      );
    case 'l4proto':
      return field('word', ({protocol}) => protocol);
    case 'nfproto':
      return field('word', ({family}) => `ipv${family}`);
    case 'protocol':
      return field('word', ({family}) => (family === 4 ? 'ip' : 'ip6'));
    case 'pkttype':
      return field('word', () => 'host');
    default:
      return undefined;
  }
}

function ctField(key: string): Field | undefined {
  const field = (read: Field['read']): Field => ({text: `ct ${key}`, kind: 'word', applies: always, read});
  if (key === 'state') return field(({untracked}) => (untracked ? 'untracked' : 'new'));
  if (key === 'direction') return field(() => 'original');
  if (key === 'status') return field(({translated}) => (translated ? 'dnat' : 'none'));
  return undefined;
}

function payloadField(protocol: string, name: string): Field | undefined {
  const text = `${protocol} ${name}`;
  if (protocol === 'ip' || protocol === 'ip6') {
    const applies = ({family}: Packet) => family === (protocol === 'ip' ? 4 : 6);
    if (name === 'saddr') return {text, kind: 'address', applies, read: sourceOf};
    if (name === 'daddr') return {text, kind: 'address', applies, read: ({destination}) => destination};
    if (name === 'protocol' || name === 'nexthdr') {
      return {text, kind: 'word', applies, read: (packet) => packet.protocol};
    }
    return {text, kind: 'number', applies, read: () => undefined};
  }
  const applies = (packet: Packet) => protocol === 'th' || packet.protocol === protocol;
  if (name === 'dport') return {text, kind: 'number', applies, read: ({port}) => port};
  return {text, kind: 'number', applies, read: () => undefined};
}

function sourceOf({source}: Packet): string | undefined {
  return source;
}

function fibField(value: unknown): Field | undefined {
  const result = textOf(value, 'result');
  const flags = isRecord(value) && Array.isArray(value.flags) ? value.flags : [];
  const text = `fib ${flags.join(' . ')} ${result}`;
  if (result === 'type' && flags.includes('daddr')) {
    return {text, kind: 'word', applies: always, read: destinationType};
  }
  return undefined;
}

/** `local` before translation to a container, `unicast` behind it. */
export function destinationType({hook, destination}: Packet): string {
  if (hook === 'input' || hook === 'prerouting') return 'local';
  return destination !== undefined && isLoopback(destination) ? 'local' : 'unicast';
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The key and value of an object with one key, as all expressions and statements of nft are. */
export function soleEntry(value: unknown): [string, unknown] | undefined {
  return isRecord(value) ? Object.entries(value)[0] : undefined;
}

export function textOf(value: unknown, key: string): string {
  const found = isRecord(value) ? value[key] : undefined;
  return typeof found === 'string' ? found : '';
}
