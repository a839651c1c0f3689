// The values of the keys that concern registries and name servers.
import {isIP} from 'node:net';
import {text} from './config-values.ts';

/** A registry as `insecure-registries` names it: host, host:port, [IPv6]:port or a network in CIDR notation. */
export const registryHost = text(
  'a registry such as "host:5000", or a network such as "10.0.0.0/8"',
  (value) => (isHost(value) || isNetwork(value) ? value : undefined),
);

/** A registry's URL without a final slash; Docker's rules (registry.ValidateMirror). */
export const mirrorUrl = text(
  'a URL such as "https://mirror.example", without user, query or fragment',
  (value) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (url === undefined || !/^https?:\/\/[^/?#@]/i.test(value)) return undefined;
    if (url.username !== '' || url.password !== '' || /[?#]/.test(value)) return undefined;
    return url.href.replace(/\/+$/, '');
  },
);

export const ipAddress = text('an IP address', (value) => (isIP(value) === 0 ? undefined : value));

/** A search domain; '.' stands for none. */
export const searchDomain = text('a domain name', (value) =>
  value === '.' ||
  /^(?=.{1,255}$)[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*\.?$/i.test(value)
    ? value
    : undefined,
);

/** One word of resolv.conf(5)'s `options` line. */
export const resolverOption = text('an option of resolv.conf such as "ndots:2"', (value) =>
  /^[a-z][a-z0-9-]*(:\d+)?$/i.test(value) ? value : undefined,
);

function isHost(value: string): boolean {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(?::(\d{1,5}))?$/i.exec(value);
  if (match?.[1] === undefined) return false;
  const host = match[1];
  if (host.startsWith('[') && isIP(host.slice(1, -1)) !== 6) return false;
  return match[3] === undefined || (Number(match[3]) >= 1 && Number(match[3]) <= 65535);
}

function isNetwork(value: string): boolean {
  const [address = '', prefix = '', ...rest] = value.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(prefix)) return false;
  return Number(prefix) <= (family === 4 ? 32 : 128);
}
