// `--dns`, `--dns-search` and `--dns-option`: what the container's /etc/resolv.conf says.
import {type IpAddress, parseIpAddress} from '../../src/addresses/ip-address.ts';
import {optionError} from './option-error.ts';

/** Throws EngineError 'invalid-option' in Docker's words. */
export function parseDnsServer(text: string): IpAddress {
  const address = parseIpAddress(text.trim());
  if (address !== undefined) return address;
  throw optionError(`IP address is not correctly formatted: ${text}`);
}

/** A domain, or `.` for none at all. Throws EngineError 'invalid-option' in Docker's words. */
export function parseDnsSearch(text: string): string {
  const domain = text.trim();
  const label = '[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?';
  if (domain === '.' || new RegExp(`^${label}(\\.${label})*\\.?$`).test(domain)) return domain;
  throw optionError(`${domain} is not a valid domain`);
}

/** One word, such as `ndots:2`. Throws EngineError 'invalid-option'. */
export function parseDnsOption(text: string): string {
  if (/^\S+$/.test(text)) return text;
  throw optionError(`${JSON.stringify(text)} is no option of resolv.conf`);
}
