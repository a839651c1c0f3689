// The pieces that `-p` and `--expose` share: port ranges, and the protocol behind a slash.
import type {TransportProtocol} from '../network-options.ts';
import {optionError} from './option-error.ts';

/** Both included. */
export interface PortRange {
  first: number;
  last: number;
}

/** `80` or `80-90`. Undefined when it is neither. */
export function parsePortRange(text: string): PortRange | undefined {
  const [, first = '', last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const range = {first: Number(first), last: Number(last)};
  return first !== '' && range.last <= 65_535 && range.first <= range.last ? range : undefined;
}

/** `80/udp` in its parts; tcp when none is named. Throws EngineError 'invalid-option'. */
export function splitProtocol(text: string): {port: string; protocol: TransportProtocol} {
  const [port = '', name = ''] = text.split('/');
  const protocol = name.toLowerCase() || 'tcp';
  if (protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp') return {port, protocol};
  throw optionError(`invalid proto: ${protocol}`, {hint: 'the protocols are tcp, udp and sctp'});
}
