// An Ethernet address as a value: six lower-case pairs with colons. Pure, but for the random ones.
import {randomBytes} from 'node:crypto';
import {bitsOf, type IpAddress} from './ip-address.ts';

/** Canonical text such as `02:42:ac:11:00:02`. Made by this module only. */
export type MacAddress = string & {readonly MacAddress: never};

/** Colons or hyphens, any case. Undefined when it is no unicast address of six bytes, or all zero: the kernel refuses those. */
export function parseMacAddress(text: string): MacAddress | undefined {
  if (!/^([0-9a-f]{2}([:-])[0-9a-f]{2})(\2[0-9a-f]{2}){4}$/i.test(text)) return undefined;
  const mac = text.replaceAll('-', ':').toLowerCase();
  const isGroup = Number.parseInt(mac.slice(0, 2), 16) % 2 === 1;
  return isGroup || /^[0:]+$/.test(mac) ? undefined : (mac as MacAddress);
}

/** Docker's: 02:42 and the four bytes of the IPv4 address, so that a neighbour table stays true when one is reused. */
export function macOf(ipv4: IpAddress): MacAddress {
  return macText(0x0242n, bitsOf(ipv4));
}

/** A locally administered unicast address. */
export function randomMac(): MacAddress {
  return macText(0x0242n, BigInt(`0x${randomBytes(4).toString('hex')}`));
}

function macText(high: bigint, low: bigint): MacAddress {
  const hex = ((high << 32n) | low).toString(16).padStart(12, '0');
  return (hex.match(/../g) ?? []).join(':') as MacAddress;
}
