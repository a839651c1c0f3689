// `update`: other limits and another restart policy for a container, also while it runs.
import {join} from 'node:path';
import type {RestartPolicy} from '../../bundles/container-options.ts';
import type {HostFacts} from '../../bundles/host-facts.ts';
import type {ResourceOptions} from '../../bundles/resource-options.ts';
import {changedResources, updateLimits} from '../../bundles/resource-update.ts';
import {EngineError, isEngineError} from '../errors.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {readHostFacts} from '../system/host-facts.ts';
import type {ContainerContext} from './container-context.ts';
import {containerEvent} from './container-event.ts';
import {removeContainerLocks, withContainerLock} from './container-lock.ts';
import {containerPaths} from './container-paths.ts';
import {keepRecordCopy} from './record-copy.ts';

export interface ContainerUpdate {
  /** What is absent, 0 or empty stays as it is, but for `pidsLimit`. */
  limits?: ResourceOptions;
  restartPolicy?: RestartPolicy | 'no';
}

/**
 * Durable. A container that runs has the limits when this returns; when the kernel refuses one, its record is as it was.
 * Returns warnings of what this host cannot enforce. Throws EngineError 'invalid-option', 'host-unsupported',
 * 'container-removing', and what crun throws.
 */
export async function updateContainer(
  context: ContainerContext,
  id: string,
  update: ContainerUpdate,
): Promise<string[]> {
  return await withContainerLock(context.roots, id, async () => {
    const record = updatable(context, id);
    const host = readHostFacts();
    const given = update.limits ?? {};
    const {limits, warnings} = nextLimits(record, given, host);
    const {restartPolicy, ...options} = record.options;
    const policy = nextPolicy(record, update.restartPolicy);
    const next = {...options, resources: limits, ...(policy && {restartPolicy: policy})};
    context.records.updateOptions(id, next);
    const changed = changedResources(limits, given, host.cgroup);
    if (record.status === 'running' && Object.keys(changed).length > 0) {
      try {
        const {runFolder} = containerPaths(context.roots, id);
        await context.crun.update(id, changed, join(runFolder, 'resources.json'));
      } catch (error) {
        // One that has ended meanwhile gets them at its next start.
        if (!isEngineError(error, 'container-not-running')) {
          context.records.updateOptions(id, record.options);
          throw error;
        }
      }
    }
    keepRecordCopy(context, id);
    context.tell(containerEvent('update', record));
    return warnings;
  });
}

function updatable(context: ContainerContext, id: string): ContainerRecord {
  const record = context.records.get(id);
  if (!record) {
    // Removed since: taking the lock has made its file anew.
    removeContainerLocks(context.roots, id);
    throw new EngineError('container-not-found', `no such container: ${id}`);
  }
  if (record.status === 'removing') {
    throw new EngineError(
      'container-removing',
      `cannot update container ${record.name}: container is marked for removal and cannot be "update"`,
    );
  }
  return record;
}

function nextLimits({name, options}: ContainerRecord, given: ResourceOptions, host: HostFacts) {
  try {
    return updateLimits(options.resources, given, host);
  } catch (error) {
    if (!isEngineError(error)) throw error;
    throw new EngineError(error.code, `cannot update container ${name}: ${error.message}`, {
      ...(error.hint !== undefined && {hint: error.hint}),
      cause: error,
    });
  }
}

function nextPolicy(
  {name, options}: ContainerRecord,
  asked: RestartPolicy | 'no' | undefined,
): RestartPolicy | undefined {
  if (asked === undefined) return options.restartPolicy;
  if (asked === 'no') return undefined;
  if (!options.autoRemove) return asked;
  throw new EngineError(
    'invalid-option',
    `cannot update container ${name}: Restart policy cannot be updated because AutoRemove is enabled for the container`,
    {hint: 'a container that is removed when it ends cannot be started again'},
  );
}
