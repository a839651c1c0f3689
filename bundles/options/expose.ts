// `--expose`: ports that a container says it serves, for -P to publish. An image's EXPOSE has the same form.
import type {ExposedPort} from '../network-options.ts';
import {optionError} from './option-error.ts';
import {parsePortRange, splitProtocol} from './port-range.ts';

/** `80`, `80/udp` or `80-90/tcp`. Throws EngineError 'invalid-option'. */
export function parseExpose(text: string): ExposedPort[] {
  if (text.includes(':')) throw optionError(`invalid port format for --expose: ${text}`);
  const {port, protocol} = splitProtocol(text);
  const range = parsePortRange(port);
  if (range === undefined) {
    throw optionError(`invalid range format for --expose: ${text}, error: ${reason(port)}`);
  }
  return Array.from({length: range.last - range.first + 1}, (_, index) => ({
    port: range.first + index,
    protocol,
  }));
}

function reason(text: string): string {
  if (text === '') return 'empty string specified for ports.';
  const bad = text.split('-').find((part) => !isPort(part));
  if (bad === undefined) return `invalid range specified for port: ${text}`;
  const why = /^\d+$/.test(bad) ? 'value out of range' : 'invalid syntax';
  return `strconv.ParseUint: parsing ${JSON.stringify(bad)}: ${why}`;
}

function isPort(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) <= 65_535;
}
