// `--add-host`: a line of /etc/hosts.
import {parseIpAddress} from '../../src/addresses/ip-address.ts';
import {optionError} from './option-error.ts';

export interface ExtraHost {
  name: string;
  /** `host-gateway` stands for the host as the container sees it. */
  address: string;
}

/** `NAME:ADDRESS` or `NAME=ADDRESS`, an IPv6 address maybe in brackets. Throws EngineError 'invalid-option' in Docker's words. */
export function parseExtraHost(text: string): ExtraHost {
  const [, name, given] = /^([^:=]+)[:=](.+)$/s.exec(text) ?? [];
  if (name === undefined || given === undefined) throw optionError(`bad format for add-host: "${text}"`);
  if (/\s/.test(name)) throw optionError(`bad format for add-host: "${text}"`);
  if (given === 'host-gateway') return {name, address: given};
  const address = parseIpAddress(/^\[(.*)\]$/.exec(given)?.[1] ?? given);
  if (address === undefined) throw optionError(`invalid IP address in add-host: "${given}"`);
  return {name, address};
}
