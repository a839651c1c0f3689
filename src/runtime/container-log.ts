// Reading a container's log: from the start or the last lines, between two times, to its end or for as long as the
// container runs. Every generation of a rotated log is read; nothing is written but the names that rotateLog moves.
import {Buffer} from 'node:buffer';
import {type FSWatcher, statSync, watch} from 'node:fs';
import {type FileHandle, open} from 'node:fs/promises';
import {basename, dirname} from 'node:path';
import {EngineError} from '../errors.ts';
import {type Instant, instantOf, type LogEntry, parseRecord} from './log-record.ts';
import {logGenerations, rotateLog} from './log-rotation.ts';
import {findTail, type LogPosition} from './log-tail.ts';

export type {LogEntry} from './log-record.ts';

export interface LogOptions {
  path: string;
  maxFiles: number;
  /** Only the last lines: 0 or more. They are counted before `since` and `until` choose among them, as in Docker. */
  tail?: number;
  since?: Instant | undefined;
  until?: Instant | undefined;
  /**
   * Goes on until the container has ended and all is read. `isRunning` is asked at each change and twice a second;
   * `ended`, when it resolves, saves the last half second.
   */
  follow?: {isRunning(): boolean; ended?: Promise<unknown>};
  /** Ends the reading with EngineError 'cancelled'. */
  signal?: AbortSignal;
}

const blockBytes = 65536;
const newline = 10;
const livenessMs = 500;

/** The entries in the order of writing. Without a file there are none. */
export async function* readLog(options: LogOptions): AsyncGenerator<LogEntry> {
  const {since, until} = options;
  for await (const entry of readRecords(options)) {
    if (since === undefined && until === undefined) {
      yield entry;
      continue;
    }
    const instant = instantOf(entry.time);
    if (until !== undefined && instant > until) return;
    if (since === undefined || instant >= since) yield entry;
  }
}

async function* readRecords(options: LogOptions): AsyncGenerator<LogEntry> {
  const {path, maxFiles, follow, signal} = options;
  // Watch first, read afterwards: what is written in between wakes the first wait.
  const changes = follow && new FolderChanges(dirname(path), basename(path), signal);
  follow?.ended?.finally(() => changes?.wake()).catch(() => undefined);
  let file: LogFile | undefined;
  try {
    const generations = logGenerations(path, maxFiles);
    const start = startOf(generations.length, options, () => findTail(generations, options.tail ?? 0));
    for (let index = start.generation; index < generations.length; index += 1) {
      await file?.close();
      file = await LogFile.open(
        generations[index]?.path ?? path,
        index === start.generation ? start.offset : 0,
      );
      yield* file.records(signal);
    }
    while (follow) {
      // Asked before reading: what was written before the end is then read.
      const isRunning = follow.isRunning();
      if (file) yield* file.records(signal);
      const next = nextFile(file, path, maxFiles);
      if (next !== undefined) {
        // conmon writes no more to a file once another has its name.
        if (file) yield* file.records(signal);
        await file?.close();
        file = await LogFile.open(next, 0);
        rotateLog(path, maxFiles);
      } else if (isRunning) {
        await changes?.next();
      } else {
        return;
      }
    }
  } finally {
    changes?.close();
    await file?.close();
  }
}

function startOf(count: number, {tail}: LogOptions, find: () => LogPosition): LogPosition {
  return tail === undefined || count === 0 ? {generation: 0, offset: 0} : find();
}

// The generation after the one that is open: of those that have come since, the oldest that is still there.
function nextFile(file: LogFile | undefined, path: string, maxFiles: number): string | undefined {
  if (file && statSync(path, {throwIfNoEntry: false})?.ino === file.inode) return undefined;
  const generations = logGenerations(path, maxFiles);
  const index = generations.findIndex(({inode}) => inode === file?.inode);
  return (index < 0 ? generations.at(-1) : generations[index + 1])?.path;
}

/** An open log file, read forward. */
class LogFile {
  readonly inode: number;
  readonly #handle: FileHandle;
  #offset: number;
  // The begin of a record whose end is not written yet, or not yet read.
  #rest: Buffer = Buffer.alloc(0);

  private constructor(handle: FileHandle, inode: number, offset: number) {
    this.#handle = handle;
    this.inode = inode;
    this.#offset = offset;
  }

  static async open(path: string, offset: number): Promise<LogFile> {
    const handle = await open(path, 'r');
    return new LogFile(handle, (await handle.stat()).ino, offset);
  }

  /** What there is at the moment. */
  async *records(signal?: AbortSignal): AsyncGenerator<LogEntry> {
    for (;;) {
      if (signal?.aborted) throw cancelled();
      const block = Buffer.allocUnsafe(blockBytes);
      const {bytesRead} = await this.#handle.read(block, 0, blockBytes, this.#offset);
      if (bytesRead === 0) return;
      this.#offset += bytesRead;
      yield* this.#split(block.subarray(0, bytesRead));
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  *#split(block: Buffer): Generator<LogEntry> {
    let from = 0;
    for (;;) {
      const end = block.indexOf(newline, from);
      if (end < 0) break;
      const part = block.subarray(from, end);
      const entry = parseRecord(this.#rest.length === 0 ? part : Buffer.concat([this.#rest, part]));
      this.#rest = Buffer.alloc(0);
      from = end + 1;
      if (entry) yield entry;
    }
    if (from < block.length) this.#rest = Buffer.concat([this.#rest, block.subarray(from)]);
  }
}

/** Wakes its one reader when the file or its name changes, and from time to time. */
class FolderChanges {
  readonly #watcher: FSWatcher;
  readonly #signal: AbortSignal | undefined;
  readonly #cancel = () => this.wake();
  #changed = false;
  #news = Promise.withResolvers<void>();

  constructor(folder: string, name: string, signal?: AbortSignal) {
    this.#signal = signal;
    this.#watcher = watch(folder, (_, changed) => {
      if (changed === name) this.wake();
    });
    // The folder was removed: the container is gone, which isRunning tells.
    this.#watcher.on('error', () => this.wake());
    signal?.addEventListener('abort', this.#cancel, {once: true});
  }

  async next(): Promise<void> {
    const timer = setTimeout(() => this.wake(), livenessMs);
    if (!this.#changed && this.#signal?.aborted !== true) await this.#news.promise;
    clearTimeout(timer);
    this.#changed = false;
    if (this.#signal?.aborted) throw cancelled();
  }

  close(): void {
    this.#watcher.close();
    this.#signal?.removeEventListener('abort', this.#cancel);
  }

  wake(): void {
    this.#changed = true;
    this.#news.resolve();
    this.#news = Promise.withResolvers<void>();
  }
}

function cancelled(): EngineError {
  return new EngineError('cancelled', 'reading the log was cancelled');
}
