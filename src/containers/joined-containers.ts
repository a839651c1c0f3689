// Containers that share namespaces with others: which, and where those are while the others run.
import type {JoinedNamespaces} from '../../bundles/bundle-input.ts';
import type {ContainerOptions} from '../../bundles/container-options.ts';
import type {SharedWithContainer} from '../../bundles/namespace-options.ts';
import {EngineError} from '../errors.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import type {ContainerRecords} from '../state/container-records.ts';
import {isAlive} from '../system/process-identity.ts';
import type {ContainerContext} from './container-context.ts';
import {findContainer} from './container-lookup.ts';
import {containerPaths} from './container-paths.ts';

/**
 * The options with ids in place of the names of containers: a container may be renamed or removed, and its id is what
 * stays. Throws EngineError 'container-not-found', 'container-ambiguous'.
 */
export function withContainerIds(records: ContainerRecords, options: ContainerOptions): ContainerOptions {
  const withId = <T extends SharedWithContainer>(choice: T): T => ({
    ...choice,
    container: findContainer(records, choice.container).id,
  });
  const {network, ipc, pid} = options;
  return {
    ...options,
    ...(network.kind === 'container' && {network: withId(network)}),
    ...(ipc?.kind === 'container' && {ipc: withId(ipc)}),
    ...(pid?.kind === 'container' && {pid: withId(pid)}),
  };
}

/** Throws EngineError 'container-not-running' or 'invalid-option' (private IPC) in Docker's words. */
export function joinNamespaces(
  context: ContainerContext,
  {options: {pid, ipc}}: ContainerRecord,
): {joined: JoinedNamespaces; sharedMemoryPath?: string} {
  const joined: JoinedNamespaces = {};
  if (pid?.kind === 'container') joined.pid = namespacePath(context.records.get(pid.container), pid, 'pid');
  if (ipc?.kind !== 'container') return {joined};
  const task = `can't join IPC of container ${ipc.container}: `;
  const donor = context.records.get(ipc.container);
  joined.ipc = namespacePath(donor, ipc, 'ipc', task);
  const kind = donor?.options.ipc?.kind;
  if (kind === 'host') return {joined, sharedMemoryPath: '/dev/shm'};
  if (kind === 'shareable') {
    const {folder} = containerPaths(context.roots, ipc.container);
    return {joined, sharedMemoryPath: context.rootfs.sharedMemoryPath(folder)};
  }
  throw new EngineError(
    'invalid-option',
    `${task}non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
    {hint: 'run that container with --ipc shareable', exit: 125},
  );
}

function namespacePath(
  donor: ContainerRecord | undefined,
  {container}: SharedWithContainer,
  name: 'pid' | 'ipc',
  task = '',
): string {
  const process = donor?.status === 'running' ? donor.process : undefined;
  if (process && isAlive(process)) return `/proc/${process.pid}/ns/${name}`;
  throw new EngineError('container-not-running', `${task}container ${container} is not running`, {
    hint: donor ? `'crundle start ${donor.name}' starts it` : 'it was removed: make this container anew',
    exit: 125,
  });
}
