// The files of a container in view, for as long as something is done with them: who may change the container meanwhile.
import {existsSync} from 'node:fs';
import type {ContainerContext} from '../containers/container-context.ts';
import {withContainerLock} from '../containers/container-lock.ts';
import {findContainer} from '../containers/container-lookup.ts';
import {containerPaths} from '../containers/container-paths.ts';
import {awaitNoViewer, tryViewContainer} from '../containers/container-viewers.ts';
import {visibleMounts} from '../containers/mounts/visible-mounts.ts';
import {settleContainer} from '../containers/reconcile.ts';
import {EngineError} from '../errors.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {ContainerView} from '../storage/container-view.ts';

/**
 * Calls `use` with the files of a container, by its name or id. It may end or be removed meanwhile, but not start: two mounts
 * would share one upper folder. Throws EngineError 'container-not-found', 'container-ambiguous', 'container-damaged',
 * 'state-busy' while others have the files of one that does not run in view, and what mounting throws.
 */
export async function withContainerView<T>(
  context: ContainerContext,
  container: string,
  use: (view: ContainerView, record: ContainerRecord) => Promise<T>,
): Promise<T> {
  const found = findContainer(context.records, container);
  const {id} = (await settleContainer(context, found)) ?? findContainer(context.records, container);
  for (;;) {
    const opened = await withContainerLock(context.roots, id, async () => {
      const record = context.records.get(id) ?? findContainer(context.records, container);
      return await tryOpenView(context, record);
    });
    if (opened) {
      using _lock = opened.lock;
      using view = opened.view;
      return await use(view, opened.record);
    }
    await awaitNoViewer(context.roots, id);
  }
}

async function tryOpenView(context: ContainerContext, record: ContainerRecord) {
  const lock = tryViewContainer(context.roots, record);
  try {
    return lock && {lock, record, view: await openView(context, record)};
  } catch (error) {
    lock?.release();
    throw error;
  }
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
