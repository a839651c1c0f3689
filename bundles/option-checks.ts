// The checks of a container's options that need facts of the host: done once, when the container is created.
import {EngineError} from '../src/errors.ts';
import {chooseCapabilities} from './capabilities.ts';
import type {ContainerOptions} from './container-options.ts';
import {checkResources} from './container-resources.ts';
import {checkHealthcheck} from './healthcheck.ts';
import type {HostFacts} from './host-facts.ts';
import {checkOomScore} from './oom-score.ts';
import {checkDistinctTargets} from './options/volume.ts';
import {containerRlimits} from './rlimits.ts';
import {checkSharing} from './sharing-checks.ts';

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
  checkSharing(options);
  checkHealthcheck(options);
  if (options.autoRemove && options.restartPolicy) {
    throw new EngineError('invalid-option', 'conflicting options: cannot specify both --restart and --rm', {
      hint: 'a container that is removed when it ends cannot be started again',
      exit: 125,
    });
  }
  if (options.oomScoreAdj !== undefined) checkOomScore(options.oomScoreAdj, host);
  return [
    ...checkResources(options.resources, host),
    ...discardedPorts(options),
    ...discardedCgroupNamespace(options, host),
  ];
}

// With Docker's two spaces.
function discardedCgroupNamespace({cgroupNamespace}: ContainerOptions, {cgroup}: HostFacts): string[] {
  if (cgroupNamespace !== 'private' || cgroup.namespaces) return [];
  return ['Your kernel does not support cgroup namespaces.  Cgroup namespace setting discarded.'];
}

// Docker says it of the host's network alone.
function discardedPorts({network: {kind}, ports, publishAll}: ContainerOptions): string[] {
  const isDiscarded = (kind === 'host' || kind === 'none') && (ports.length > 0 || publishAll);
  return isDiscarded ? [`Published ports are discarded when using ${kind} network mode`] : [];
}
