// The files of a container in view, for as long as something is done with them: who may change the container meanwhile.
import {existsSync} from 'node:fs';
import type {ContainerContext} from '../containers/container-context.ts';
import {withContainerLock} from '../containers/container-lock.ts';
import {findContainer} from '../containers/container-lookup.ts';
import {containerPaths} from '../containers/container-paths.ts';
import {visibleMounts} from '../containers/mounts/visible-mounts.ts';
import {settleContainer} from '../containers/reconcile.ts';
import {EngineError} from '../errors.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {ContainerView} from '../storage/container-view.ts';

/**
 * Calls `use` with the files of a container, by its name or id. One that runs may go on and end: its files stay in view. One
 * that does not run cannot start meanwhile, for two mounts would share one upper folder. Throws EngineError
 * 'container-not-found', 'container-ambiguous', 'container-damaged', and what mounting throws.
 */
export async function withContainerView<T>(
  context: ContainerContext,
  container: string,
  use: (view: ContainerView, record: ContainerRecord) => Promise<T>,
): Promise<T> {
  const found = findContainer(context.records, container);
  const {id} = (await settleContainer(context, found)) ?? findContainer(context.records, container);
  const held = await withContainerLock(context.roots, id, async () => {
    const record = context.records.get(id) ?? findContainer(context.records, container);
    const view = await openView(context, record);
    if (record.status === 'running') return {view, record};
    using _view = view;
    return {done: await use(view, record)};
  });
  if ('done' in held) return held.done;
  using view = held.view;
  return await use(view, held.record);
}

async function openView(context: ContainerContext, record: ContainerRecord): Promise<ContainerView> {
  const {folder} = containerPaths(context.roots, record.id);
  if (!existsSync(folder)) {
    throw new EngineError(
      'container-damaged',
      `the files of container ${record.name} are gone from ${folder}`,
      {
        hint: `remove it with 'crundle rm ${record.name}', and make it anew`,
      },
    );
  }
  return ContainerView.open({
    mountRootfs: () => context.rootfs.mount(folder, record.chainIds),
    mounts: await visibleMounts(context, record),
    readOnly: record.options.readOnlyRootfs,
  });
}
