// What containers use, one look after the other: which containers a caller means, and until when.
import type {ContainerContext} from '../containers/container-context.ts';
import {findContainer} from '../containers/container-lookup.ts';
import {type ContainerStats, containerStats} from '../containers/container-stats.ts';
import {reconcileContainers} from '../containers/reconcile.ts';

export interface StatsOptions {
  /** Which, in this order. Default: those that run, newest first, also those that are started later. */
  containers?: readonly string[];
  /** Without `containers`: those that do not run too. */
  all?: boolean;
  /** Default: 500. */
  intervalMs?: number;
  signal?: AbortSignal;
}

/**
 * One list after the other, until `signal` aborts or, with `containers`, none of them is left. The first one comes after
 * one interval, over which CPU time is counted; at once when nothing runs. Throws EngineError 'container-not-found',
 * 'container-ambiguous'.
 */
export async function* readStats(
  context: ContainerContext,
  {containers: asked, all = false, intervalMs = 500, signal}: StatsOptions,
): AsyncGenerator<ContainerStats[]> {
  const {records} = context;
  await reconcileContainers(context);
  const ids = asked?.map((text) => findContainer(records, text).id);
  const wanted = () =>
    ids
      ? ids.flatMap((id) => records.get(id) ?? [])
      : records.list().filter(({status}) => (all ? status !== 'creating' : status === 'running'));
  for await (const stats of containerStats(context, {wanted, intervalMs, signal})) {
    if (asked && asked.length > 0 && stats.length === 0) return;
    yield stats;
  }
}
