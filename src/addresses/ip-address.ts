// An IP address as a value: its canonical text (RFC 5952 for IPv6), so that equal addresses are equal strings and go
// into records as they are. Pure.
import {isIP} from 'node:net';

/** Canonical text of an IPv4 or IPv6 address, without a zone. Made by this module only. */
export type IpAddress = string & {readonly IpAddress: never};

export type AddressFamily = 4 | 6;

/** Undefined when it is no address, or one with a zone. */
export function parseIpAddress(text: string): IpAddress | undefined {
  const family = isIP(text);
  if (family === 4) return ipAddressOf(4, bitsOf4(text));
  if (family === 6 && !text.includes('%')) return ipAddressOf(6, bitsOf6(text));
  return undefined;
}

export function familyOf(address: IpAddress): AddressFamily {
  return address.includes(':') ? 6 : 4;
}

/** How many bits an address of the family has. */
export function widthOf(family: AddressFamily): number {
  return family === 4 ? 32 : 128;
}

/** The address as one number: big-endian, as on the wire. */
export function bitsOf(address: IpAddress): bigint {
  return familyOf(address) === 4 ? bitsOf4(address) : bitsOf6(address);
}

/** The address with these bits. */
export function ipAddressOf(family: AddressFamily, bits: bigint): IpAddress {
  return (family === 4 ? text4(bits) : text6(bits)) as IpAddress;
}

/** `0.0.0.0:80`, `[::]:80`. Text is taken too: what a program prints may no longer be typed. */
export function socketText(address: string, port: number | string | undefined): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** 127.0.0.0/8 and ::1. */
export function isLoopback(address: IpAddress): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** 0.0.0.0 and ::, which stand for every address of the host. */
export function isUnspecified(address: IpAddress): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** IPv4 before IPv6, then by number: for sort. */
export function compareAddresses(a: IpAddress, b: IpAddress): number {
  if (familyOf(a) !== familyOf(b)) return familyOf(a) - familyOf(b);
  const difference = bitsOf(a) - bitsOf(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function bitsOf4(text: string): bigint {
  return text.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function bitsOf6(text: string): bigint {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted) {
    const low = bitsOf4(dotted[2] ?? '');
    return bitsOf6(`${dotted[1]}${(low >> 16n).toString(16)}:${(low & 0xffffn).toString(16)}`);
  }
  const [head = '', tail] = text.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({length: 8 - before.length - after.length}, () => '0');
  return [...before, ...zeros, ...after].reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

function text4(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 255n)).join('.');
}

// RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as '::', the first of equals.
function text6(bits: bigint): string {
  const groups = Array.from({length: 8}, (_, i) => Number((bits >> BigInt(16 * (7 - i))) & 0xffffn));
  const run = longestZeros(groups);
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  if (run === undefined) return hex(groups);
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`;
}

function longestZeros(groups: number[]): {start: number; length: number} | undefined {
  let best: {start: number; length: number} | undefined;
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length >= 2 && length > (best?.length ?? 0)) best = {start, length};
  }
  return best;
}
