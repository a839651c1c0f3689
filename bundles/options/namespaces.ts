// `--ipc`, `--pid`, `--uts` and `--userns`. All but --ipc are checked by Docker's client, in the same words.
import type {IpcChoice, PidChoice} from '../namespace-options.ts';
import {optionError} from './option-error.ts';

/** Undefined for the default. Throws EngineError 'invalid-option'. */
export function parseIpc(text: string): IpcChoice | undefined {
  if (text === '') return undefined;
  if (text === 'none' || text === 'private' || text === 'shareable' || text === 'host') return {kind: text};
  const container = containerOf(text);
  if (container !== undefined) return {kind: 'container', container};
  throw optionError(`invalid IPC mode: ${text}`, {
    hint: "the modes are 'none', 'private', 'shareable', 'host' and 'container:NAME'",
  });
}

/** Undefined for the container's own. Throws EngineError 'invalid-option'. */
export function parsePid(text: string): PidChoice | undefined {
  if (text === '') return undefined;
  if (text === 'host') return {kind: 'host'};
  const container = containerOf(text);
  if (container !== undefined) return {kind: 'container', container};
  throw optionError('--pid: invalid PID mode', {hint: "the modes are 'host' and 'container:NAME'"});
}

/** Undefined for the container's own. Throws EngineError 'invalid-option'. */
export function parseUts(text: string): 'host' | undefined {
  if (text === '') return undefined;
  if (text === 'host') return text;
  throw optionError('--uts: invalid UTS mode', {hint: "the mode is 'host'"});
}

/** There is no other user namespace than the host's. Throws EngineError 'invalid-option'. */
export function parseUserNamespace(text: string): 'host' | undefined {
  if (text === '') return undefined;
  if (text === 'host') return text;
  throw optionError('--userns: invalid USER mode', {
    hint: "the mode is 'host': containers have the users of the host, without a user namespace",
  });
}

function containerOf(text: string): string | undefined {
  return /^container:(.+)$/s.exec(text)?.[1];
}
