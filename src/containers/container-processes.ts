// `top`: the processes of a running container.
import {EngineError} from '../errors.ts';
import {listProcesses, type ProcessTable} from '../runtime/ps.ts';
import {cgroupPids} from '../runtime/running-cgroup.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import type {ContainerContext} from './container-context.ts';
import {routineEvent} from './container-event.ts';

/**
 * All that run in it, those of `exec` too, in the columns of `ps OPTIONS`. Throws EngineError 'container-not-running', and
 * what listProcesses throws.
 */
export async function listContainerProcesses(
  {crun, tell}: ContainerContext,
  record: ContainerRecord,
  psOptions: readonly string[],
): Promise<ProcessTable> {
  const {id, name, status} = record;
  if (status === 'restarting') {
    throw new EngineError(
      'container-not-running',
      `container ${name} is restarting, wait until the container is running`,
    );
  }
  if (status !== 'running') {
    throw new EngineError('container-not-running', `container ${name} is not running`, {
      hint: `'crundle start ${name}' starts it`,
    });
  }
  const table = await listProcesses(cgroupPids(crun.root, id), psOptions);
  tell(routineEvent('top', record));
  return table;
}
