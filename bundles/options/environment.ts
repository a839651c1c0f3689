// `-e` and `--env-file`: variables for a container, with values from the caller's environment where none is given.
import {optionError} from './option-error.ts';

export type CallerEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * `NAME=value` stays; a bare `NAME` takes the caller's value. When the caller has none it stays bare, which keeps
 * the image's variable of that name out of the container. Throws EngineError 'invalid-option'.
 */
export function parseEnv(texts: readonly string[], caller: CallerEnvironment): string[] {
  return texts.map((text) => {
    if (text === '' || text.startsWith('=')) throw optionError(`invalid environment variable: ${text}`);
    const value = text.includes('=') ? undefined : caller[text];
    return value === undefined ? text : `${text}=${value}`;
  });
}

export interface EnvFileSource {
  /** For messages. */
  path: string;
  caller: CallerEnvironment;
}

/**
 * One variable a line; blank lines and `#` lines are skipped, space before a name is dropped, everything after `=`
 * is the value, quotes and all. A bare name takes the caller's value, or is left out. Throws EngineError
 * 'invalid-option'.
 */
export function parseEnvFile(text: string, {path, caller}: EnvFileSource): string[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  return lines.map((line) => line.trimStart()).flatMap((line) => parseEnvLine(line, path, caller));
}

function parseEnvLine(line: string, path: string, caller: CallerEnvironment): string[] {
  if (line === '' || line.startsWith('#')) return [];
  const equals = line.indexOf('=');
  const name = equals === -1 ? line : line.slice(0, equals);
  if (name === '') throw invalidFile(path, `no variable name on line '${line}'`);
  if (/[ \t]/.test(name)) throw invalidFile(path, `variable '${name}' contains whitespaces`);
  if (equals !== -1) return [line];
  const value = caller[name];
  return value === undefined ? [] : [`${name}=${value}`];
}

function invalidFile(path: string, reason: string): Error {
  return optionError(`invalid env file (${path}): ${reason}`);
}
