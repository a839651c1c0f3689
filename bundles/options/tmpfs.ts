// `--tmpfs`: a folder in memory, with options of mount(8).
import type {TmpfsMount} from '../mount-options.ts';
import {parseMountTarget} from './container-path.ts';
import {optionError} from './option-error.ts';

/** Options of one kind exclude each other: the last one given wins. */
const flagKinds = new Map([
  ...kind('access', 'ro rw'),
  ...kind('suid', 'suid nosuid'),
  ...kind('dev', 'dev nodev'),
  ...kind('exec', 'exec noexec'),
  ...kind('sync', 'sync async'),
  ...kind('dirsync', 'dirsync'),
  ...kind('mand', 'mand nomand'),
  ...kind('atime', 'atime noatime'),
  ...kind('diratime', 'diratime nodiratime'),
  ...kind('relatime', 'relatime norelatime'),
  ...kind('strictatime', 'strictatime nostrictatime'),
  ...kind('propagation', 'private rprivate shared rshared slave rslave unbindable runbindable'),
]);

const valueNames = new Set(['size', 'mode', 'uid', 'gid', 'nr_inodes', 'nr_blocks', 'mpol']);
const dockerDefaults = ['noexec', 'nosuid', 'nodev', 'rprivate'];

/** `/path` or `/path:option,option`. Throws EngineError 'invalid-option' in Docker's words. */
export function parseTmpfs(text: string): TmpfsMount {
  const colon = text.indexOf(':');
  const target = parseMountTarget(colon === -1 ? text : text.slice(0, colon));
  const options = colon === -1 ? [] : text.slice(colon + 1).split(',');
  const given = options.filter((option) => option !== '' && option !== 'defaults');
  for (const option of given) kindOf(option);
  return {type: 'tmpfs', target, options: given};
}

/** Docker's defaults (noexec, nosuid, nodev, rprivate) under the options given, without what those override. */
export function mergeTmpfsOptions(given: readonly string[]): string[] {
  const merged = new Map<string, string>();
  for (const option of [...dockerDefaults, ...given]) {
    const name = kindOf(option);
    merged.delete(name);
    merged.set(name, option);
  }
  return [...merged.values()];
}

function kindOf(option: string): string {
  const flag = flagKinds.get(option);
  if (flag !== undefined) return flag;
  const equals = option.indexOf('=');
  const name = equals === -1 ? option : option.slice(0, equals);
  if (equals !== -1 && valueNames.has(name)) return name;
  throw optionError(`invalid tmpfs option "${name}"`);
}

function kind(name: string, options: string): [option: string, kind: string][] {
  return options.split(' ').map((option) => [option, name]);
}
