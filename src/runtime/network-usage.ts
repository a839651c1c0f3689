// What went through the interfaces of a process's network namespace. Reads only.
import {errnoOf} from '../errors.ts';
import {readOptionalFile} from '../system/optional-file.ts';

export interface NetworkUsage {
  receivedBytes: number;
  sentBytes: number;
}

/** All interfaces but the loopback, together; undefined when the process is gone. */
export function readNetworkUsage(pid: number): NetworkUsage | undefined {
  try {
    const text = readOptionalFile(`/proc/${pid}/net/dev`);
    return text === undefined ? undefined : parseNetworkUsage(text);
  } catch (error) {
    // A zombie has no namespace any more.
    if (errnoOf(error) === 'EINVAL' || errnoOf(error) === 'ESRCH') return undefined;
    throw error;
  }
}

/** Pure: two lines of titles, then `NAME: ` with eight numbers received and eight sent. See proc_pid_net(5). */
export function parseNetworkUsage(text: string): NetworkUsage {
  let receivedBytes = 0;
  let sentBytes = 0;
  for (const line of text.split('\n').slice(2)) {
    const [, name, numbers = ''] = /^\s*(.+?):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || name === 'lo') continue;
    const counts = numbers.split(/\s+/).map(Number);
    receivedBytes += counts[0] ?? 0;
    sentBytes += counts[8] ?? 0;
  }
  return {receivedBytes, sentBytes};
}
