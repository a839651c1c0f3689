// After a boot: looks at what was brought into the store in the last minutes before the power went, because a card may have confirmed
// what it then lost. Everything older had the time to get there.
import {checkContent, recentBlobs} from '../images/layout/layout-check.ts';
import {syncFileSystem} from '../system/sync.ts';
import {inFlightSince, markCleanSince, type NewBoot} from './boot-signs.ts';
import type {EngineParts} from './parts.ts';

/** Says that all is on disk now, durably: the next boot need not look at what was before. */
export async function markClean(dataRoot: string): Promise<void> {
  // What somebody writes while this waits may have come too late for it.
  const begun = new Date();
  await syncFileSystem(dataRoot);
  await markCleanSince(dataRoot, begun);
}

/**
 * Reads the content of the layers and blobs that were in flight. Layers that are damaged are marked, so that nothing starts on them; damaged
 * blobs are set aside, so that the next pull fetches them. Nobody else uses the store meanwhile.
 */
export async function checkInFlight(
  {config: {dataRoot}, images, layers}: EngineParts,
  boot: NewBoot,
): Promise<void> {
  const since = inFlightSince(dataRoot, boot);
  for (const {chainId} of await layers.listSince(since)) {
    const {state, problems, count} = await layers.check(chainId, {deep: true});
    if (state !== 'damaged') continue;
    await layers.mark(chainId, count > 1 ? `${problems[0]}, and ${count - 1} more` : problems[0]);
  }
  for (const digest of await recentBlobs(images.layout, since)) {
    if ((await checkContent(images.layout, digest, {})) !== undefined) await images.layout.setAside(digest);
  }
}
