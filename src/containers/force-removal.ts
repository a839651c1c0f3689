// `rm`: a removal that may end the container first.
import {isEngineError} from '../errors.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import type {ContainerContext} from './container-context.ts';
import {removeContainer} from './remove-container.ts';
import {stopContainer} from './stop-container.ts';

/** Removes a container; `force` kills it first, `volumes` takes its anonymous volumes too. Throws what removeContainer throws. */
export async function removeByForce(
  context: ContainerContext,
  record: ContainerRecord,
  {force, volumes}: {force: boolean; volumes: boolean},
): Promise<void> {
  const takesVolumes = volumes || record.options.autoRemove;
  for (let attempt = 0; ; attempt++) {
    if (force) await stopContainer(context, record, {signal: 'SIGKILL', forRemoval: true});
    try {
      await removeContainer(context, record.id, {volumes: takesVolumes});
      return;
    } catch (error) {
      // Somebody has started it in between.
      if (!force || attempt === 10 || !isEngineError(error, 'container-running')) throw error;
    }
  }
}
