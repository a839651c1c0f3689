// `bind-recursive=disabled`: what is mounted below the source must not come along. crun of Debian 12 takes it along whatever
// it is told, so the mounts of the created container are looked at before it runs.
import type {BindMount} from '../../../bundles/mount-options.ts';
import {EngineError} from '../../errors.ts';
import type {ContainerRecord} from '../../state/container-record.ts';
import {type Mount, readMounts} from '../../system/mounted.ts';
import {isRehearsal} from '../../system/rehearsal.ts';

/** `pid` is the first process of the created container. Throws EngineError 'host-unsupported'. */
export function checkFlatMounts({options, volumes}: ContainerRecord, pid: number): void {
  const flat = options.mounts.filter(
    (mount): mount is BindMount => mount.type === 'bind' && mount.recursion === 'disabled',
  );
  if (flat.length === 0 || isRehearsal()) return;
  const asked = [...options.mounts, ...volumes].map(({target}) => target);
  const mounts = readMounts(pid);
  for (const {source, target} of flat) {
    const below = mountsBelow(mounts, target).find((point) => !asked.includes(point));
    if (below === undefined) continue;
    throw new EngineError(
      'host-unsupported',
      `cannot mount ${source} without what is mounted below it: this version of crun takes it along`,
      {hint: 'a newer crun can do it; or use bind-recursive=writable', exit: 125},
    );
  }
}

/** Mount points directly on the mount at `target`. */
export function mountsBelow(mounts: readonly Mount[], target: string): string[] {
  const ids = mounts.filter(({point}) => point === target).map(({id}) => id);
  return mounts.filter(({parent}) => ids.includes(parent)).map(({point}) => point);
}
