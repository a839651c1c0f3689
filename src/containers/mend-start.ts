// A start whose command was killed.
import {readConmonIdentity} from '../runtime/conmon.ts';
import {readExit} from '../runtime/container-exit.ts';
import {endLeftoverProcesses} from '../runtime/leftover-processes.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {identifyProcess} from '../system/process-identity.ts';
import type {ContainerContext} from './container-context.ts';
import {containerPaths} from './container-paths.ts';
import {finishLocked} from './finish-container.ts';
import {beginHealthChecks} from './health/health-checks.ts';
import {removeLocked} from './remove-container.ts';
import {unseenExit} from './restart/restart-policy.ts';
import {planAnother, releaseProcess} from './start-container.ts';

/**
 * The command died between the intent to start and the record that it runs. What runs was wanted, and stays; what does not is
 * undone, and started anew where its restart policy says so: `by` the policy now, or later by the boot, which finds it
 * 'exited'. The caller holds the container's lock.
 */
export async function mendStart(
  context: ContainerContext,
  record: ContainerRecord,
  {by = 'policy'}: {by?: 'policy' | 'boot'} = {},
): Promise<void> {
  const {runFolder} = containerPaths(context.roots, record.id);
  const conmon = readConmonIdentity(runFolder);
  const state = await context.crun.state(record.id);
  if (conmon && state?.status === 'running') {
    const process = identifyProcess(state.pid);
    context.records.move(record.id, 'running', {process, conmon, startedAt: state.createdAt});
    await beginHealthChecks(context, context.records.get(record.id) ?? record);
    return;
  }
  if (state?.status === 'stopped' && readExit(runFolder, record.id)) {
    await finishLocked(context, record.id);
    return;
  }
  // conmon may be at work still, for a command that did not live to hear of it.
  await endLeftoverProcesses(record.id);
  await releaseProcess(context, record.id);
  if (record.options.autoRemove) return await removeLocked(context, record.id, {volumes: true});
  const error = 'the command that started it was interrupted';
  if (by === 'policy' && planAnother(context, record.id, {exitCode: unseenExit, error})) return;
  if (by === 'boot' && record.options.restartPolicy !== undefined) {
    context.records.move(record.id, 'exited', {exitCode: unseenExit, finishedAt: new Date(), error});
    return;
  }
  context.records.move(record.id, record.finishedAt ? 'exited' : 'created', {error});
}
