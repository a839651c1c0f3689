// `-v`: bind mounts, named volumes and anonymous ones, told apart by their source as Docker does.
import type {BindMount, MountOption, MountPropagation, VolumeMount} from '../mount-options.ts';
import {cleanPath, parseMountTarget} from './container-path.ts';
import {optionError} from './option-error.ts';

/** Words of the third field, of each kind at most one. The last two kinds are accepted and mean nothing here. */
const modeKinds = new Map([
  ...kind('access', 'ro rw'),
  ...kind('propagation', 'private rprivate shared rshared slave rslave'),
  ...kind('copy', 'nocopy'),
  // SELinux labels: Debian and Ubuntu do not confine containers by them.
  ...kind('label', 'z Z'),
  // Hints for Docker Desktop's shared folders.
  ...kind('consistency', 'consistent cached delegated'),
]);

/**
 * `/in/container`, `name:/in/container[:mode]`, `/on/host:/in/container[:mode]`. A source that begins with `.` is
 * below `cwd`. Throws EngineError 'invalid-option' in Docker's words.
 */
export function parseVolume(text: string, cwd = '/'): MountOption {
  const [first = '', second, third, ...rest] = text.split(':');
  if (first === '' || rest.length > 0 || second === '') throw invalidVolume(text);
  if (second === undefined) {
    return {type: 'volume', target: within(text, '', first), readOnly: false, noCopy: false};
  }
  if (third === undefined && isMode(second)) throw invalidVolume(text);
  const mode = parseMode(third);
  const source = resolveSource(first, cwd);
  if (source.startsWith('/')) return bindMount(text, source, second, mode);
  return volumeMount(text, source, second, mode);
}

/** Throws EngineError 'invalid-option' when two mounts have one target. */
export function checkDistinctTargets(mounts: readonly MountOption[]): void {
  const targets = new Set<string>();
  for (const {target} of mounts) {
    if (targets.has(target)) throw optionError(`Duplicate mount point: ${target}`);
    targets.add(target);
  }
}

function bindMount(text: string, source: string, target: string, mode: Map<string, string>): BindMount {
  if (mode.has('copy')) throw invalidMount(text, 'bind', 'field VolumeOptions must not be specified');
  return {
    type: 'bind',
    source: cleanPath(source),
    target: within(text, 'bind', target),
    readOnly: mode.get('access') === 'ro',
    propagation: (mode.get('propagation') ?? 'rprivate') as MountPropagation,
  };
}

function volumeMount(text: string, name: string, target: string, mode: Map<string, string>): VolumeMount {
  if (mode.has('propagation')) throw invalidMount(text, 'volume', 'field BindOptions must not be specified');
  checkVolumeName(name);
  return {
    type: 'volume',
    name,
    target: within(text, 'volume', target),
    readOnly: mode.get('access') === 'ro',
    noCopy: mode.has('copy'),
  };
}

/** Throws EngineError 'invalid-option' in Docker's words. */
export function checkVolumeName(name: string): void {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) {
    throw optionError(
      `create ${name}: "${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
    );
  }
  if (name.length < 2) {
    throw optionError(
      `create ${name}: volume name is too short, names should be at least two alphanumeric characters`,
    );
  }
}

function resolveSource(source: string, cwd: string): string {
  return source.startsWith('.') ? cleanPath(`${cwd}/${source}`) : source;
}

function parseMode(text: string | undefined): Map<string, string> {
  const words = new Map<string, string>();
  for (const word of text ? text.split(',') : []) {
    const name = modeKinds.get(word);
    if (name === undefined || words.has(name)) throw optionError(`invalid mode: ${text}`);
    words.set(name, word);
  }
  return words;
}

function isMode(text: string): boolean {
  return text.split(',').every((word) => modeKinds.has(word));
}

// The target's own error, with the whole text before it as Docker has it.
function within(text: string, type: string, target: string): string {
  try {
    return parseMountTarget(target);
  } catch (error) {
    if (type === '' || !(error instanceof Error)) throw error;
    throw invalidMount(text, type, error.message);
  }
}

function invalidMount(text: string, type: string, reason: string): Error {
  return optionError(
    `invalid volume specification: '${text}': invalid mount config for type "${type}": ${reason}`,
  );
}

function invalidVolume(text: string): Error {
  return optionError(`invalid volume specification: '${text}'`);
}

function kind(name: string, words: string): [word: string, kind: string][] {
  return words.split(' ').map((word) => [word, name]);
}
