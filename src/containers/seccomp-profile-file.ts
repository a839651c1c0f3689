// The seccomp profile that containers get when they ask for none: the configured file, or the distribution's.
import {readFile} from 'node:fs/promises';
import {parseSeccompProfile, type SeccompProfile} from '../../bundles/seccomp.ts';
import {EngineError, errnoOf} from '../errors.ts';

/** Kept up to date by the distribution with new system calls (package golang-github-containers-common). */
const distributionProfile = '/usr/share/containers/seccomp.json';

/**
 * `setting` is the key `seccomp-profile`: 'builtin', 'unconfined' or a path. Undefined where the engine's own profile
 * applies, because the distribution brings none. Throws EngineError 'invalid-config' when the configured file cannot be used.
 */
export async function loadSeccompProfile(setting: string): Promise<SeccompProfile | undefined> {
  if (setting === 'unconfined') return undefined;
  const isConfigured = setting !== 'builtin';
  const path = isConfigured ? setting : distributionProfile;
  try {
    return parseSeccompProfile(await readFile(path, 'utf8'));
  } catch (error) {
    if (!isConfigured && errnoOf(error) === 'ENOENT') return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineError('invalid-config', `cannot use the seccomp profile ${path}: ${reason}`, {
      hint: isConfigured
        ? 'mend the file, or the key seccomp-profile'
        : 'reinstall the package that brings it',
      cause: error,
      exit: 125,
    });
  }
}
