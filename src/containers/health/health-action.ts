// `--health-on-failure`: what is done with a container that has become unhealthy.
import type {HealthAction} from '../../../bundles/healthcheck.ts';
import {isEngineError} from '../../errors.ts';
import {refusalOf} from '../../events.ts';
import type {ContainerRecord} from '../../state/container-record.ts';
import type {ContainerContext} from '../container-context.ts';
import {containerEvent, tellSignal} from '../container-event.ts';
import {resumeToEnd} from '../pause-container.ts';
import {restartContainer, signalIfRunning, stopContainer} from '../stop-container.ts';

/**
 * A `kill` is no word of a person's: its restart policy decides what comes after it. A `stop` is one. What fails is told as an
 * event.
 */
export async function actOnFailure(
  context: ContainerContext,
  record: ContainerRecord,
  action: HealthAction,
): Promise<void> {
  try {
    if (action === 'restart') await restartContainer(context, record);
    else if (action === 'stop') await stopContainer(context, record);
    else await kill(context, record);
  } catch (error) {
    const refusal = refusalOf(action, error);
    if (refusal) context.tell(containerEvent('refuse', record, refusal));
    // It was removed meanwhile, say.
    if (!isEngineError(error)) throw error;
  }
}

async function kill(context: ContainerContext, record: ContainerRecord): Promise<void> {
  await signalIfRunning(context, record.id, 'SIGKILL');
  await resumeToEnd(context, record.id);
  tellSignal(context, record, 'SIGKILL');
}
