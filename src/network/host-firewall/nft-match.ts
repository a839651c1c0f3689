// One match of nft's JSON as a condition: fields, concatenations, sets, maps' keys, prefixes, ranges. What is not
// understood becomes a condition that may hold or not. Pure.
import type {IpAddress} from '../../addresses/ip-address.ts';
import {type Field, isRecord, readField, soleEntry} from './nft-fields.ts';
import type {Packet} from './packet.ts';
import type {Answer, Condition} from './rule.ts';
import {allOf, anyOf, holdsAddress, namesInterface, negated} from './values.ts';

/** The elements of the sets and maps of one table: `blocked` to its elements. */
export type NamedSets = ReadonlyMap<string, readonly unknown[]>;

export function readMatch(match: unknown, sets: NamedSets): Condition {
  if (!isRecord(match)) return open('a match');
  const {left, right} = match;
  const op = typeof match.op === 'string' ? match.op : '==';
  const text = `${expressionText(left)} ${op === '==' || op === 'in' ? '' : `${op} `}${valueText(right)}`;
  if (isReversePathTest(left, right)) return {text, test: () => false};
  if (soleEntry(left)?.[0] === '&') return flagsCondition(text, left, right, op);
  const keys = keyCondition(left, right, sets);
  if (keys === undefined) return open(text);
  switch (op) {
    case '==':
    case 'in':
      return {text, test: (packet) => keys(packet).answer};
    case '!=':
      return {
        text,
        test: (packet) => {
          const {applies, answer} = keys(packet);
          return applies ? negated(answer) : false;
        },
      };
    case '<':
    case '>':
    case '<=':
    case '>=':
      return {text, test: (packet) => ordered(readField(left), right, op, packet)};
    default:
      return open(text);
  }
}

/** The condition that the fields have this value: for the elements of a verdict map. */
export function readKey(left: unknown, right: unknown, sets: NamedSets): Condition {
  const text = `${expressionText(left)} ${valueText(right)}`;
  const keys = keyCondition(left, right, sets);
  return keys === undefined ? open(text) : {text, test: (packet) => keys(packet).answer};
}

/** A condition that may hold or not. */
export function open(text: string): Condition {
  return {text, test: () => undefined};
}

type KeyTest = (packet: Packet) => {applies: boolean; answer: Answer};

function keyCondition(left: unknown, right: unknown, sets: NamedSets): KeyTest | undefined {
  const [type, parts] = soleEntry(left) ?? [];
  const fields = (type === 'concat' && Array.isArray(parts) ? parts : [left]).map(readField);
  const values = alternatives(right, sets);
  if (values === undefined) return undefined;
  return (packet) => {
    const applies = fields.every((field) => field === undefined || field.applies(packet));
    if (!applies) return {applies, answer: false};
    return {applies, answer: anyOf(values.map((value) => holds(fields, value, packet)))};
  };
}

/** All that the right side may be; undefined when that is not understood. */
function alternatives(right: unknown, sets: NamedSets): readonly unknown[] | undefined {
  if (typeof right === 'string' && right.startsWith('@')) return sets.get(right.slice(1))?.map(elementValue);
  if (Array.isArray(right)) return right;
  const [type, value] = soleEntry(right) ?? [];
  if (type === 'set') return Array.isArray(value) ? value.map(elementValue) : undefined;
  return [right];
}

/** An element without its timeout, counter and comment. */
export function elementValue(element: unknown): unknown {
  const [type, value] = soleEntry(element) ?? [];
  return type === 'elem' && isRecord(value) ? value.val : element;
}

function holds(fields: readonly (Field | undefined)[], value: unknown, packet: Packet): Answer {
  const [type, parts] = soleEntry(value) ?? [];
  const values = type === 'concat' && Array.isArray(parts) ? parts : [value];
  return allOf(
    fields.map((field, index) => (field === undefined ? undefined : compare(field, values[index], packet))),
  );
}

function compare(field: Field, value: unknown, packet: Packet): Answer {
  if (value === '*') return true;
  const plain = plainText(value);
  if (field.kind === 'address' && /^(0\.0\.0\.0|::)\/0$/.test(plain)) return true;
  const actual = field.read(packet);
  if (actual === undefined) return undefined;
  if (field.kind === 'name') return namesInterface(plain, String(actual));
  if (field.kind === 'address') return holdsAddress(plain, String(actual) as IpAddress);
  if (field.kind === 'word') return plain === String(actual);
  const [low = Number.NaN, high = low] = plain.split('-').map(Number);
  return low <= Number(actual) && Number(actual) <= high;
}

/** `10.0.0.0/8`, `80-90`, `80`. */
function plainText(value: unknown): string {
  const [type, inner] = soleEntry(value) ?? [];
  if (type === 'prefix' && isRecord(inner)) return `${inner.addr}/${inner.len}`;
  if (type === 'range' && Array.isArray(inner)) return inner.join('-');
  return String(value);
}

function ordered(field: Field | undefined, right: unknown, op: string, packet: Packet): Answer {
  if (field === undefined) return undefined;
  if (!field.applies(packet)) return false;
  const actual = field.read(packet);
  if (typeof actual !== 'number' || typeof right !== 'number') return undefined;
  if (op === '<') return actual < right;
  if (op === '>') return actual > right;
  return op === '<=' ? actual <= right : actual >= right;
}

// `tcp flags & (syn|ack) == syn`: the first packet of a connection has SYN alone.
function flagsCondition(text: string, left: unknown, right: unknown, op: string): Condition {
  const [, parts] = soleEntry(left) ?? [];
  const [field, mask] = Array.isArray(parts) ? parts : [];
  if (!JSON.stringify(field ?? null).includes('"flags"') || (op !== '==' && op !== '!=')) return open(text);
  const list = (value: unknown): unknown[] => {
    const [type, inner] = soleEntry(value) ?? [];
    return type === '|' && Array.isArray(inner)
      ? inner.flatMap(list)
      : Array.isArray(value)
        ? value
        : [value];
  };
  const seen = list(mask).filter((flag) => flag === 'syn');
  const wanted = list(right);
  const isEqual = seen.length === wanted.length && seen.every((flag) => wanted.includes(flag));
  return {text, test: ({protocol}) => protocol === 'tcp' && isEqual === (op === '==')};
}

// Sources that the host has no way back to: those packets are forged, and not the ones that are asked about.
function isReversePathTest(left: unknown, right: unknown): boolean {
  const [type, fib] = soleEntry(left) ?? [];
  return type === 'fib' && isRecord(fib) && fib.result === 'oif' && (right === false || right === 0);
}

/** As nft writes it, or near enough to be recognised. */
function expressionText(left: unknown): string {
  const field = readField(left);
  if (field) return field.text;
  const [type, value] = soleEntry(left) ?? [];
  if (type === 'concat' && Array.isArray(value)) return value.map(expressionText).join(' . ');
  if (type === '&' && Array.isArray(value)) return `${expressionText(value[0])} & ${valueText(value[1])}`;
  if (type === 'payload' && isRecord(value)) return `${value.protocol ?? ''} ${value.field ?? ''}`.trim();
  if (isRecord(value) && typeof value.key === 'string') return `${type} ${value.key}`;
  return type ?? valueText(left);
}

export function valueText(right: unknown): string {
  const [type, value] = soleEntry(right) ?? [];
  if (type === 'set' && Array.isArray(value)) return `{ ${value.map(valueText).join(', ')} }`;
  if (type === 'concat' && Array.isArray(value)) return value.map(valueText).join(' . ');
  if (type === 'elem') return valueText(elementValue(right));
  if (type === '|' && Array.isArray(value)) return value.map(valueText).join('|');
  if (Array.isArray(right)) return right.map(valueText).join(',');
  return typeof right === 'object' && type !== 'prefix' && type !== 'range' ? (type ?? '') : plainText(right);
}
