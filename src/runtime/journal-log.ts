// Reading the log of a container whose output conmon gives to systemd's journal: by journalctl, in its JSON.
import {Buffer} from 'node:buffer';
import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {EngineError, errnoOf} from '../errors.ts';
import {programEnvironment, runProgram} from '../system/program.ts';
import {type Instant, instantOf, type LogEntry} from './log-record.ts';

export interface JournalLogOptions {
  /** The container's whole id. */
  id: string;
  /** Only the last entries, counted before `since` and `until` choose among them. */
  tail?: number;
  since?: Instant | undefined;
  until?: Instant | undefined;
  /** Goes on until the container has ended; `isRunning` is asked twice a second. */
  follow?: {isRunning(): boolean};
  /** Ends the reading with EngineError 'cancelled'. */
  signal?: AbortSignal;
}

const livenessMs = 500;
const newline = 10;

/** Oldest first. Throws EngineError 'program-missing' without journalctl, 'program-failed', 'cancelled'. */
export async function* readJournalLog(options: JournalLogOptions): AsyncGenerator<LogEntry> {
  const {since, until} = options;
  for await (const entry of readEntries(options)) {
    const instant = since === undefined && until === undefined ? 0n : instantOf(entry.time);
    if (until !== undefined && instant > until) return;
    if (since === undefined || instant >= since) yield entry;
  }
}

async function* readEntries({id, tail, follow, signal}: JournalLogOptions): AsyncGenerator<LogEntry> {
  const lines = `--lines=${tail ?? 'all'}`;
  if (!follow?.isRunning()) {
    for await (const {entry} of journalctl([lines, fieldOf(id)], {signal})) yield entry;
    return;
  }
  let cursor: string | undefined;
  for await (const found of journalctl(['--follow', lines, fieldOf(id)], {signal, follow})) {
    cursor = found.cursor;
    yield found.entry;
  }
  // What was written between the last look and the end.
  await runProgram('journalctl', ['--sync'], {reads: true});
  const rest = cursor === undefined ? [lines] : [`--after-cursor=${cursor}`];
  for await (const {entry} of journalctl([...rest, fieldOf(id)], {signal})) yield entry;
}

// conmon's field.
const fieldOf = (id: string) => `CONTAINER_ID_FULL=${id}`;

async function* journalctl(
  args: readonly string[],
  {signal, follow}: {signal: AbortSignal | undefined; follow?: {isRunning(): boolean}},
): AsyncGenerator<{cursor: string; entry: LogEntry}> {
  // Spawned directly, beside the one runner: its output has no end while it follows.
  const child = spawn('journalctl', ['--output=json', '--all', '--no-pager', '--quiet', ...args], {
    env: programEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complaint += text;
  });
  const ended = new Promise<unknown>((resolve) => {
    child.once('error', resolve);
    child.once('close', (status) => resolve(status ?? 0));
  });
  const stop = () => child.kill('SIGTERM');
  signal?.addEventListener('abort', stop);
  const watch = follow && setInterval(() => follow.isRunning() || stop(), livenessMs);
  try {
    for await (const line of createInterface({input: child.stdout})) yield parseJournalLine(line);
    const end = await ended;
    if (signal?.aborted) throw new EngineError('cancelled', 'reading the log was cancelled');
    if (end !== 0) throw failed(end, complaint);
  } finally {
    clearInterval(watch);
    signal?.removeEventListener('abort', stop);
    stop();
  }
}

/** One line of `journalctl --output=json`. A text that is not UTF-8 comes as an array of bytes. Pure. */
export function parseJournalLine(line: string): {cursor: string; entry: LogEntry} {
  const fields: Record<string, unknown> = JSON.parse(line);
  const {MESSAGE: message} = fields;
  const text = Array.isArray(message) ? Buffer.from(message) : Buffer.from(String(message ?? ''));
  const microseconds = String(fields.__REALTIME_TIMESTAMP);
  const seconds = new Date(Number(microseconds.slice(0, -3))).toISOString().slice(0, -5);
  return {
    cursor: String(fields.__CURSOR),
    entry: {
      time: `${seconds}.${microseconds.slice(-6)}000Z`,
      // syslog(3): conmon writes errors for what goes to standard error.
      stream: fields.PRIORITY === '3' ? 'stderr' : 'stdout',
      // conmon 2.1.6 leaves the newline on, newer ones do not.
      line: text.at(-1) === newline ? text.subarray(0, -1) : text,
      partial: fields.CONTAINER_PARTIAL_MESSAGE === 'true',
    },
  };
}

function failed(end: unknown, complaint: string): EngineError {
  if (errnoOf(end) === 'ENOENT') {
    return new EngineError('program-missing', 'cannot run journalctl: it is not installed', {
      hint: 'install it with: apt install systemd',
      cause: end,
    });
  }
  return new EngineError('program-failed', `journalctl ended with ${String(end)}: ${complaint.trim()}`, {
    cause: end,
  });
}
