// What --debug shows: each call that crundle makes of another program, of the kernel where it matters, and of a registry, with
// when it began, how long it took and how it ended. While nobody listens a call costs one comparison. Calls are shown as a
// person would type them; what could be a secret (input of programs that take one, headers, queries) is never handed over.
import {withoutSecrets} from '../errors.ts';
import {shellWord, withHereDocument} from '../shell/shell-text.ts';

export type TraceWriter = (text: string) => void;

let write: TraceWriter | undefined;

/** Has every call of this process written, a line each, from now on. */
export function traceTo(writer: TraceWriter): void {
  write = writer;
}

/**
 * Notes that a call begins. Undefined while nobody listens: with `call?.end(…)` not even the words are put together then.
 */
export function beginCall(): Call | undefined {
  return write && new Call();
}

export class Call {
  readonly #began = performance.now();
  #hasEnded = false;

  /** Writes the call's line, once. `outcome` is in a few words: `status 0`, `EBUSY`. */
  end(call: string, outcome: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const took = performance.now() - this.#began;
    write?.(`${traceLine({beganMs: this.#began, tookMs: took, call, outcome})}\n`);
  }
}

/** Pure. Times since the start of the process. */
export function traceLine(line: {beganMs: number; tookMs: number; call: string; outcome: string}): string {
  const [began, took] = [line.beganMs, line.tookMs].map((ms) => ms.toFixed(1));
  return withoutSecrets(`[${began?.padStart(8)} ms +${took?.padStart(7)} ms, ${line.outcome}] ${line.call}`);
}

/** A command line that a shell reads as these words; `input` is what the program reads. Pure. */
export function commandLine(
  words: readonly string[],
  {input = '', cwd}: {input?: string; cwd?: string} = {},
): string {
  const line = words.map(shellWord).join(' ');
  const there = cwd === undefined ? line : `cd ${shellWord(cwd)} && ${line}`;
  return input === '' ? there : withHereDocument(there, input.endsWith('\n') ? input : `${input}\n`);
}
