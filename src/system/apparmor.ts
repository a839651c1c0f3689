// AppArmor as the kernel shows it: whether it confines, and whether crundle's profile is loaded, which is the package's
// business (packaging/apparmor/).
import {existsSync, readdirSync} from 'node:fs';
import {readOptionalFile} from './optional-file.ts';

/** The profile of containers that name none, where it is loaded. */
export const defaultApparmorProfile = 'crundle-default';

const loadedProfiles = '/sys/kernel/security/apparmor/policy/profiles';

export interface ApparmorFacts {
  /** The kernel confines by AppArmor, and may load profiles. */
  apparmor: boolean;
  /** The loaded profile of crundle. */
  apparmorProfile?: string;
}

/** Costs one file where there is no AppArmor, and a folder where there is. */
export function readApparmorFacts(): ApparmorFacts {
  const apparmor = readOptionalFile('/sys/module/apparmor/parameters/enabled')?.startsWith('Y') === true;
  return {apparmor, ...(apparmor && isLoaded() && {apparmorProfile: defaultApparmorProfile})};
}

// The kernel names a folder by the profile and a number.
function isLoaded(): boolean {
  if (!existsSync(loadedProfiles)) return false;
  return readdirSync(loadedProfiles).some((name) => name.replace(/\.\d+$/, '') === defaultApparmorProfile);
}
