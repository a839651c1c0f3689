// What `explain` stands on: within `rehearse`, the code of a run does its work on folders that stand for the real ones, and each
// call that would change the host is noted instead of made. What only reads is done. Whoever changes the host asks here first;
// the runners of programs ask for everything that is not marked as reading, so that what is new is noted too.
import {AsyncLocalStorage} from 'node:async_hooks';

export interface RehearsedCall {
  /** As a shell takes it. */
  call: string;
  /** What takes it back, where the code that cleans up would not know of it. */
  undo?: string;
  /** Folders that it makes, the deepest first. At the end each goes that is empty. */
  folders?: readonly string[];
  /** conmon, which a shell has to be told more of. */
  isConmon?: boolean;
}

export interface Rehearsal {
  note(call: RehearsedCall): void;
  /** The real path that a path of the rehearsal's stands for; any other as it is. */
  standsFor(path: string): string;
}

const current = new AsyncLocalStorage<Rehearsal>();

/** Runs `action`, and what it waits for, as a rehearsal; other work of this process goes on as ever. */
export async function rehearse<T>(rehearsal: Rehearsal, action: () => Promise<T>): Promise<T> {
  return await current.run(rehearsal, action);
}

export function isRehearsal(): boolean {
  return current.getStore() !== undefined;
}

/** In a rehearsal notes the call and returns true: then it is not to be made. Otherwise costs one comparison. */
export function isRehearsed(describe: () => RehearsedCall): boolean {
  const rehearsal = current.getStore();
  rehearsal?.note(describe());
  return rehearsal !== undefined;
}

/** True for a path that stands for another one: what is made there is made in a rehearsal too. */
export function isStandIn(path: string): boolean {
  return standsFor(path) !== path;
}

export function standsFor(path: string): string {
  return current.getStore()?.standsFor(path) ?? path;
}
