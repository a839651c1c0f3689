// The two arguments of `cp`: which of them is in a container.
import {UsageError} from './usage-error.ts';

export interface CopyRequest {
  /** Which way, as seen from the container. */
  direction: 'in' | 'out';
  container: string;
  path: string;
  /** '-' is a stream. */
  hostPath: string;
}

/** Throws UsageError in Docker's words. */
export function copyRequest(source: string, destination: string): CopyRequest {
  if (source === '') throw refused('source can not be empty');
  if (destination === '') throw refused('destination can not be empty');
  const from = splitOperand(source);
  const to = splitOperand(destination);
  if (from && to) throw refused('copying between containers is not supported');
  if (from) return {direction: 'out', ...from, hostPath: destination};
  if (to) return {direction: 'in', ...to, hostPath: source};
  throw refused(
    'must specify at least one container source',
    'write a path in a container as CONTAINER:PATH',
  );
}

// `./a:b` and `/a:b` are files of the host.
function splitOperand(text: string): {container: string; path: string} | undefined {
  const colon = text.indexOf(':');
  if (colon < 1 || text.startsWith('/') || text.startsWith('.')) return undefined;
  return {container: text.slice(0, colon), path: text.slice(colon + 1)};
}

function refused(message: string, hint?: string): UsageError {
  return new UsageError(message, {exit: 1, ...(hint !== undefined && {hint})});
}
