// The checks of a container's options that need facts of the host: done once, when the container is created.
import {EngineError} from '../src/errors.ts';
import {chooseCapabilities} from './capabilities.ts';
import type {ContainerOptions} from './container-options.ts';
import {checkResources} from './container-resources.ts';
import type {HostFacts} from './host-facts.ts';
import {checkDistinctTargets} from './options/volume.ts';
import {containerRlimits} from './rlimits.ts';

/**
 * Refuses what cannot be honoured here, in Docker's words where Docker refuses it too. Returns warnings to show.
 * Throws EngineError 'invalid-option', 'host-unsupported'.
 */
export function checkContainerOptions(options: ContainerOptions, host: HostFacts): string[] {
  checkDistinctTargets(options.mounts);
  chooseCapabilities(options, host.capabilities.bounding);
  containerRlimits(options.ulimits, [], host);
  const {apparmor} = options.security;
  if (apparmor !== undefined && apparmor !== 'unconfined' && !host.apparmor) {
    throw new EngineError(
      'host-unsupported',
      `cannot confine the container by AppArmor profile ${apparmor}: this host has no AppArmor`,
      {exit: 125},
    );
  }
  if (options.security.seccomp.kind === 'profile' && !host.seccomp) {
    throw new EngineError(
      'host-unsupported',
      'seccomp is not enabled in your kernel, cannot run a custom seccomp profile',
      {exit: 125},
    );
  }
  return checkResources(options.resources, host);
}
