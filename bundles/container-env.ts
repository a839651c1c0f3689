// The environment of a container's first process: what Docker's create and start make of the image's and the run's.

/** `PATH` when neither the image nor the run sets one. */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The container's own list, as `inspect` shows it: the run's entries, then those of the image that the run does not
 * name. A bare `NAME` stays, and keeps the image's variable out.
 */
export function mergeEnv(image: readonly string[], run: readonly string[]): string[] {
  const named = new Set(run.map(nameOf));
  return [...run, ...image.filter((entry) => !named.has(nameOf(entry)))];
}

export interface EnvSource {
  image: readonly string[];
  run: readonly string[];
  hostname: string;
  tty: boolean;
}

/**
 * What the process finds: PATH, HOSTNAME, TERM under a terminal, then the container's own list. A name given again
 * replaces the value at its first place; a bare `NAME` removes one of the defaults. HOME is not among them: it
 * depends on the user, see `withHome`.
 */
export function containerEnv({image, run, hostname, tty}: EnvSource): string[] {
  const defaults = [`PATH=${defaultPath}`, `HOSTNAME=${hostname}`, ...(tty ? ['TERM=xterm'] : [])];
  return applyEnv(defaults, mergeEnv(image, run));
}

/** Adds entries to an environment: the last value of a name wins at the name's first place, a bare name removes. */
export function applyEnv(env: readonly string[], changes: readonly string[]): string[] {
  const entries = new Map(env.map((entry) => [nameOf(entry), entry]));
  for (const change of changes) {
    if (change.includes('=')) entries.set(nameOf(change), change);
    else entries.delete(change);
  }
  return [...entries.values()];
}

/** Docker's runtime sets HOME when nothing else did, from the user's passwd entry. */
export function withHome(env: readonly string[], home: string): string[] {
  return hasName(env, 'HOME') ? [...env] : [...env, `HOME=${home}`];
}

export function hasName(env: readonly string[], name: string): boolean {
  return env.some((entry) => nameOf(entry) === name);
}

function nameOf(entry: string): string {
  const end = entry.indexOf('=');
  return end === -1 ? entry : entry.slice(0, end);
}
