// `Mounts` of `inspect`: where a container's binds, volumes and tmpfs lead, in Docker's field names and types.
import type {MountOption} from '../../../bundles/mount-options.ts';
import type {ContainerRecord, VolumeUse} from '../../state/container-record.ts';
import type {ContainerContext} from '../container-context.ts';

/** Those of `--tmpfs` are in `HostConfig.Tmpfs` alone, as Docker has them. */
export function mountPoints({volumes}: Pick<ContainerContext, 'volumes'>, record: ContainerRecord) {
  const ofOptions = record.options.mounts.flatMap(mountPoint);
  const ofVolumes = record.volumes.map((use) => ({
    Type: 'volume',
    Name: use.name,
    Source: volumes.pathOf(use.name),
    Destination: use.target,
    Driver: 'local',
    Mode: volumeMode(use, record.options.mounts),
    RW: !use.readOnly,
    Propagation: '',
  }));
  return [...ofOptions, ...ofVolumes];
}

function mountPoint(mount: MountOption) {
  switch (mount.type) {
    case 'bind':
      return [
        {
          Type: 'bind',
          Source: mount.source,
          Destination: mount.target,
          // Of -v alone: the other forms say it in fields of their own.
          Mode: mount.origin === undefined && mount.readOnly ? 'ro' : '',
          RW: !mount.readOnly,
          Propagation: mount.propagation,
        },
      ];
    case 'tmpfs':
      if (mount.origin === undefined) return [];
      return [
        {
          Type: 'tmpfs',
          Source: '',
          Destination: mount.target,
          Mode: '',
          RW: !mount.options.includes('ro'),
          Propagation: '',
        },
      ];
    case 'volume':
      return [];
  }
}

/** Docker writes down that a volume with a name may be shared under SELinux, also where there is none. */
function volumeMode({target}: VolumeUse, mounts: readonly MountOption[]): string {
  const mount = mounts.find((one) => one.type === 'volume' && one.target === target);
  if (mount?.type !== 'volume' || mount.name === undefined) return '';
  return mount.readOnly && mount.origin === undefined ? 'ro' : 'z';
}
