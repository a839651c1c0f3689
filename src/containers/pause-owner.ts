// A pause that lasts as long as the command that asked for it: `commit`. Its mark names the process, so that a container whose
// command was killed does not stand still for ever.
import {isEngineError} from '../errors.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {readOptionalFile} from '../system/optional-file.ts';
import {identifyProcess, isAlive} from '../system/process-identity.ts';
import type {ContainerContext} from './container-context.ts';
import {pauseContainer, unpauseContainer} from './pause-container.ts';
import {isPaused, pausedMark} from './pause-state.ts';

/**
 * Runs `action` while the container stands still; one that does not run, or is paused already, is left as it is. Should this
 * process be killed, whoever next looks at the container lets it go on. Throws what `action` throws.
 */
export async function whilePaused<T>(
  context: ContainerContext,
  record: ContainerRecord,
  action: () => Promise<T>,
): Promise<T> {
  if (record.status !== 'running' || isPaused(context, record)) return await action();
  const own = identifyProcess(process.pid);
  if (!own) throw new Error('this process is not in /proc');
  await pauseContainer(context, record.id, `${own.pid} ${own.startTime}`);
  try {
    return await action();
  } finally {
    await resume(context, record.id);
  }
}

// Somebody may have let it go on, or ended it, meanwhile.
async function resume(context: ContainerContext, id: string): Promise<void> {
  try {
    await unpauseContainer(context, id);
  } catch (error) {
    if (!isEngineError(error, 'container-not-paused', 'container-not-running', 'container-not-found'))
      throw error;
  }
}

/** True for a container that a command had paused for itself, and that was killed. */
export function isPauseAbandoned(
  context: ContainerContext,
  {id, status}: Pick<ContainerRecord, 'id' | 'status'>,
): boolean {
  if (status !== 'running') return false;
  const [, pid, startTime] = /^(\d+) (\d+)$/.exec(readOptionalFile(pausedMark(context, id)) ?? '') ?? [];
  return pid !== undefined && !isAlive({pid: Number(pid), startTime: Number(startTime)});
}
