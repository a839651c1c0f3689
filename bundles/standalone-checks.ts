// What of a container's options an OCI bundle can hold that crun runs with nothing else. What it cannot is refused by its
// flag: a bundle that quietly did less than `run` would be found out where it is needed.
import {isDeepStrictEqual} from 'node:util';
import {EngineError} from '../src/errors.ts';
import type {ContainerOptions} from './container-options.ts';
import type {VolumeMount} from './mount-options.ts';
import {defaultNetworkChoice} from './network-options.ts';

/** The flags whose doing is crundle's, not the runtime's: what uses them, and why a bundle cannot. */
const refusals: readonly {flag: string; reason: string; isUsed: (options: ContainerOptions) => boolean}[] = [
  {
    flag: 'publish',
    reason: 'ports are published by crundle, while it runs the container; --network host needs none',
    isUsed: ({ports}) => ports.length > 0,
  },
  {
    flag: 'publish-all',
    reason: 'ports are published by crundle, while it runs the container; --network host needs none',
    isUsed: ({publishAll}) => publishAll,
  },
  {
    flag: 'network',
    reason: "its network can be 'none', which is what it has without this flag, or 'host'",
    isUsed: ({network}) =>
      network.kind === 'container' ||
      (network.kind === 'networks' && !isDeepStrictEqual(network, defaultNetworkChoice())),
  },
  {
    flag: 'volume',
    reason: 'a named volume lies in the store of crundle: mount a folder, as in -v /srv/data:/data',
    isUsed: ({mounts}) => volumesOf({mounts}).some(({name}) => name !== undefined),
  },
  {
    flag: 'mount',
    reason: "its volumes are a part of its files, with what the image has there: 'volume-nocopy' cannot hold",
    isUsed: ({mounts}) => volumesOf({mounts}).some(({noCopy}) => noCopy),
  },
  {
    flag: 'volumes-from',
    reason: 'the mounts of another container are known to crundle alone: name the folders with -v',
    isUsed: ({volumesFrom = []}) => volumesFrom.length > 0,
  },
  {
    flag: 'ipc',
    reason: 'another container may not be there when it runs',
    isUsed: ({ipc}) => ipc?.kind === 'container',
  },
  {
    flag: 'pid',
    reason: 'another container may not be there when it runs',
    isUsed: ({pid}) => pid?.kind === 'container',
  },
  {
    flag: 'restart',
    reason: 'nothing of crundle is there to start it again: let a service of systemd do that',
    isUsed: ({restartPolicy}) => restartPolicy !== undefined,
  },
  {
    flag: 'log-driver',
    reason: 'its output is that of crun: send it where it is wanted',
    isUsed: ({log}) => log !== undefined,
  },
  {
    flag: 'init',
    reason:
      "the init is a program of this host: put one into the image, and make it the container's --entrypoint",
    isUsed: ({init}) => init === true,
  },
  {
    flag: 'cgroup-parent',
    reason: 'crun chooses the cgroup by the id that it is given',
    isUsed: ({cgroupParent}) => cgroupParent !== undefined,
  },
  {
    flag: 'stop-timeout',
    reason: 'who stops it decides how long to wait',
    isUsed: ({stopTimeoutSeconds}) => stopTimeoutSeconds !== undefined,
  },
  {
    flag: 'health-cmd',
    reason: 'health is checked by crundle, while it runs the container',
    isUsed: ({healthcheck}) => healthcheck !== undefined && healthcheck.Test?.[0] !== 'NONE',
  },
  {
    flag: 'storage-opt',
    reason: 'the size of its folder is a matter of the disk that it lies on',
    isUsed: ({rootfsSizeBytes}) => rootfsSizeBytes !== undefined,
  },
  {
    flag: 'attach',
    reason: 'its streams are those of crun',
    isUsed: ({attached}) => attached !== undefined,
  },
];

/** Throws EngineError 'not-supported' for the first option that a bundle cannot have. */
export function checkStandalone(options: ContainerOptions): void {
  const refused = refusals.find(({isUsed}) => isUsed(options));
  if (refused) throw refusedInBundle(refused.flag, refused.reason);
}

/** For a flag without a place in a bundle. The reason is a hint's. */
export function refusedInBundle(flag: string, reason: string): EngineError {
  return new EngineError('not-supported', `a bundle cannot have --${flag}`, {hint: reason, exit: 125});
}

/** The paths of a bundle whose files would be a volume's under `run`, and cannot be written. Pure. */
export function readOnlyVolumes(
  {readOnlyRootfs, mounts}: Pick<ContainerOptions, 'readOnlyRootfs' | 'mounts'>,
  declared: readonly string[],
): string[] {
  if (!readOnlyRootfs) return [];
  const covered = new Set(mounts.flatMap((mount) => (mount.type === 'volume' ? [] : [mount.target])));
  const volumes = [...volumesOf({mounts}).map(({target}) => target), ...declared];
  return volumes.filter((path) => !covered.has(path));
}

function volumesOf({mounts}: Pick<ContainerOptions, 'mounts'>): VolumeMount[] {
  return mounts.filter((mount): mount is VolumeMount => mount.type === 'volume');
}
