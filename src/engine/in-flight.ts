// After a boot: looks at what was brought into the store in the last minutes before the power went, because a card may have confirmed
// what it then lost. Everything older had the time to get there.
import {stat} from 'node:fs/promises';
import {join} from 'node:path';
import {errnoOf} from '../errors.ts';
import {checkContent, recentBlobs} from '../images/layout/layout-check.ts';
import {writeDurableFile} from '../system/durable-file.ts';
import {syncFileSystem} from '../system/sync.ts';
import type {EngineParts} from './parts.ts';

/** Longer than any card or kernel keeps what it has been given. */
const windowMs = 5 * 60_000;

const markFile = 'clean-shutdown';

/** Says that all is on disk now, durably: the next boot need not look at what was before. */
export async function markClean(dataRoot: string): Promise<void> {
  await syncFileSystem(dataRoot);
  await writeDurableFile(join(dataRoot, markFile), 'What is older than this file is on disk.\n');
}

/**
 * Reads the content of the layers and blobs that were in flight. Layers that are damaged are marked, so that nothing starts on them; damaged
 * blobs are set aside, so that the next pull fetches them. Nobody else uses the store meanwhile.
 */
export async function checkInFlight({config: {dataRoot}, images, layers}: EngineParts): Promise<void> {
  const since = Math.max(await timeOf(join(dataRoot, markFile)), (await lastSignOfLife(dataRoot)) - windowMs);
  for (const {chainId} of await layers.listSince(since)) {
    const {state, problems, count} = await layers.check(chainId, {deep: true});
    if (state !== 'damaged') continue;
    await layers.mark(chainId, count > 1 ? `${problems[0]}, and ${count - 1} more` : problems[0]);
  }
  for (const digest of await recentBlobs(images.layout, since)) {
    if ((await checkContent(images.layout, digest, {})) !== undefined) await images.layout.setAside(digest);
  }
}

// The clock of the boot that has ended: a board without one may begin this boot in the past.
async function lastSignOfLife(dataRoot: string): Promise<number> {
  const files = ['crundle.db', 'crundle.db-wal', 'events/log', 'layers', 'images/index.json'];
  return Math.max(...(await Promise.all(files.map((name) => timeOf(join(dataRoot, name))))));
}

async function timeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 0;
    throw error;
  }
}
