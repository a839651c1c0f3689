// Facts about all networks of a data root together, as name and value. So far one: the IPv6 prefix that is its own.
import {randomBytes} from 'node:crypto';
import {type Cidr, cidrOf} from '../addresses/cidr.ts';
import {type IpAddress, ipAddressOf} from '../addresses/ip-address.ts';
import type {StateDatabase} from './database.ts';

/**
 * The random /48 of unique local addresses (RFC 4193) that networks take their IPv6 subnets from. Made on the first call,
 * and then the same for ever, so that two hosts that are joined one day do not meet.
 */
export function ownPrefix6(state: StateDatabase): Cidr {
  const read = () => state.prepare("SELECT value FROM network_facts WHERE name = 'prefix6'").get()?.value;
  const found = read();
  if (found !== undefined) return String(found) as Cidr;
  return state.transaction(() => {
    state
      .prepare("INSERT INTO network_facts (name, value) VALUES ('prefix6', ?) ON CONFLICT DO NOTHING")
      .run(randomPrefix6());
    return String(read()) as Cidr;
  });
}

function randomPrefix6(): Cidr {
  const globalId = BigInt(`0x${randomBytes(5).toString('hex')}`);
  const address: IpAddress = ipAddressOf(6, (0xfdn << 120n) | (globalId << 80n));
  return cidrOf(address, 48);
}
