// `--volumes-from`: what a new container gets of the mounts of others. Taken once, when it is created.
import type {ContainerOptions} from '../../../bundles/container-options.ts';
import type {MountOption} from '../../../bundles/mount-options.ts';
import {parseVolumesFrom} from '../../../bundles/options/volumes-from.ts';
import type {ContainerRecord, VolumeUse} from '../../state/container-record.ts';
import type {ContainerRecords} from '../../state/container-records.ts';
import {findContainer} from '../container-lookup.ts';

interface InheritedMounts {
  /** The ids of the containers, with the modes that were given. */
  volumesFrom: string[];
  mounts: MountOption[];
  volumes: VolumeUse[];
}

/**
 * The mounts of the containers that the options name, but those at whose place the options mount something themselves. Of
 * two at one place the later container's is taken. Throws EngineError 'container-not-found', 'container-ambiguous'.
 */
export function inheritMounts(
  records: ContainerRecords,
  {volumesFrom = [], mounts: own}: ContainerOptions,
): InheritedMounts {
  const mounts = new Map<string, MountOption>();
  const volumes = new Map<string, VolumeUse>();
  const ids = volumesFrom.map((text) => {
    const {container, readOnly} = parseVolumesFrom(text);
    const record = findContainer(records, container);
    for (const mount of mountsOf(record)) {
      volumes.delete(mount.target);
      mounts.set(mount.target, inherited(mount, readOnly));
    }
    for (const volume of record.volumes) {
      mounts.delete(volume.target);
      volumes.set(volume.target, {...volume, readOnly: volume.readOnly || readOnly});
    }
    return record.id + text.slice(container.length);
  });
  for (const {target} of own) {
    mounts.delete(target);
    volumes.delete(target);
  }
  return {volumesFrom: ids, mounts: [...mounts.values()], volumes: [...volumes.values()]};
}

// As Docker does, without what --tmpfs mounts: each container has a memory of its own.
function mountsOf({options: {mounts}}: ContainerRecord): MountOption[] {
  return mounts.filter(({type, origin}) => type === 'bind' || (type === 'tmpfs' && origin !== undefined));
}

function inherited(mount: MountOption, readOnly: boolean): MountOption {
  if (mount.type !== 'tmpfs') return {...mount, readOnly: mount.readOnly || readOnly, origin: 'inherited'};
  return {...mount, options: [...mount.options, ...(readOnly ? ['ro'] : [])], origin: 'inherited'};
}
