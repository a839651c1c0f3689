// Whether a container is paused. Its record says 'running': the kernel is asked, which alone knows after a kill or a
// `crun resume` by hand. A mark in the run folder spares the others the question.
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {isFrozen} from '../runtime/running-cgroup.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import type {ContainerContext} from './container-context.ts';
import {containerPaths} from './container-paths.ts';

/** True while all processes of the container stand still. */
export function isPaused(
  context: ContainerContext,
  {id, status}: Pick<ContainerRecord, 'id' | 'status'>,
): boolean {
  return status === 'running' && existsSync(pausedMark(context, id)) && isFrozen(context.crun.root, id);
}

/** Path of the mark. */
export function pausedMark({roots}: ContainerContext, id: string): string {
  return join(containerPaths(roots, id).runFolder, 'paused');
}
