// The IPv6 prefix of this host's containers: a unique local /48 (RFC 4193), random and kept.
import {randomBytes} from 'node:crypto';
import {type Cidr, parseCidr} from '../../addresses/cidr.ts';
import type {NetworkContext} from '../network-context.ts';

const fact = 'ula-prefix';

/** Made up at the first call, and the same ever after. */
export function ownPrefix({state}: Pick<NetworkContext, 'state'>): Cidr {
  const read = () => state.prepare('SELECT value FROM network_facts WHERE name = ?').get(fact);
  const row =
    read() ??
    state.transaction(
      () => {
        state
          .prepare('INSERT OR IGNORE INTO network_facts (name, value) VALUES (?, ?)')
          .run(fact, randomPrefix());
        return read();
      },
      {durable: true},
    );
  const prefix = parseCidr(String(row?.value));
  if (prefix === undefined) throw new Error(`the state holds no IPv6 prefix but ${row?.value}`);
  return prefix;
}

function randomPrefix(): string {
  const [a, b, c] =
    randomBytes(5)
      .toString('hex')
      .match(/(..)(....)(....)/)
      ?.slice(1) ?? [];
  return `fd${a}:${b}:${c}::/48`;
}
