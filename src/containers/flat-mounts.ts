// `bind-recursive=disabled`: what is mounted below the source must not come along. crun of Debian 12 takes it along whatever
// it is told, so the mounts of the created container are looked at before it runs.
import {readFileSync} from 'node:fs';
import type {BindMount} from '../../bundles/mount-options.ts';
import {EngineError} from '../errors.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {isRehearsal} from '../system/rehearsal.ts';

/** `pid` is the first process of the created container. Throws EngineError 'host-unsupported'. */
export function checkFlatMounts({options, volumes}: ContainerRecord, pid: number): void {
  const flat = options.mounts.filter(
    (mount): mount is BindMount => mount.type === 'bind' && mount.recursion === 'disabled',
  );
  if (flat.length === 0 || isRehearsal()) return;
  const asked = [...options.mounts, ...volumes].map(({target}) => target);
  const mountinfo = readFileSync(`/proc/${pid}/mountinfo`, 'utf8');
  for (const {source, target} of flat) {
    const below = mountsBelow(mountinfo, target).find((point) => !asked.includes(point));
    if (below === undefined) continue;
    throw new EngineError(
      'host-unsupported',
      `cannot mount ${source} without what is mounted below it: this version of crun takes it along`,
      {hint: 'a newer crun can do it; or use bind-recursive=writable', exit: 125},
    );
  }
}

/** Mount points directly on the mount at `target`. See proc(5), mountinfo. */
export function mountsBelow(mountinfo: string, target: string): string[] {
  const mounts = mountinfo
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [id, parent, , , point = ''] = line.split(' ');
      return {
        id,
        parent,
        point: point.replace(/\\([0-7]{3})/g, (_, code) => String.fromCharCode(parseInt(code, 8))),
      };
    });
  const ids = mounts.filter(({point}) => point === target).map(({id}) => id);
  return mounts.filter(({parent}) => ids.includes(parent)).map(({point}) => point);
}
