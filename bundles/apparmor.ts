// Which AppArmor profile a container gets (runtime-spec, config.md, `process.apparmorProfile`).
import type {ContainerOptions} from './container-options.ts';
import type {HostFacts} from './host-facts.ts';

/** The profile that confines a container; undefined where the host has no AppArmor, or no profile of crundle's is loaded. */
export function chooseApparmor(
  {privileged, security}: Pick<ContainerOptions, 'privileged' | 'security'>,
  host: Pick<HostFacts, 'apparmor' | 'apparmorProfile'>,
): string | undefined {
  if (!host.apparmor) return undefined;
  return security.apparmor ?? (privileged ? 'unconfined' : host.apparmorProfile);
}
