// Single values that rules compare a packet with: names with a wildcard, numbers, addresses, prefixes and ranges. Pure.
import {cidrOf, contains} from '../../addresses/cidr.ts';
import {bitsOf, familyOf, type IpAddress, parseIpAddress} from '../../addresses/ip-address.ts';
import type {Answer} from './rule.ts';

export type Value = string | number;

/** True when `text` names the interface: `eth0`, or `eth*` as nft and `eth+` as iptables write it. */
export function namesInterface(text: string, name: string): boolean {
  return /[*+]$/.test(text) ? name.startsWith(text.slice(0, -1)) : text === name;
}

/** True when the address lies in `text`: an address, a prefix, or a range with a hyphen. */
export function holdsAddress(text: string, address: IpAddress): boolean {
  const [first = '', last] = text.split('-');
  if (last !== undefined) return isBetween(address, first, last);
  const [base = '', prefix] = text.split('/');
  const parsed = parseIpAddress(base);
  if (parsed === undefined || familyOf(parsed) !== familyOf(address)) return false;
  return prefix === undefined ? parsed === address : contains(cidrOf(parsed, Number(prefix)), address);
}

function isBetween(address: IpAddress, first: string, last: string): boolean {
  const [low, high] = [parseIpAddress(first), parseIpAddress(last)];
  if (low === undefined || high === undefined || familyOf(low) !== familyOf(address)) return false;
  return bitsOf(low) <= bitsOf(address) && bitsOf(address) <= bitsOf(high);
}

/** `not` of an answer that may be open. */
export function negated(answer: Answer): Answer {
  return answer === undefined ? undefined : !answer;
}

/** True when one is true; open when one is open and none is true. */
export function anyOf(answers: readonly Answer[]): Answer {
  if (answers.includes(true)) return true;
  return answers.includes(undefined) ? undefined : false;
}

/** False when one is false; open when one is open and none is false. */
export function allOf(answers: readonly Answer[]): Answer {
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}
