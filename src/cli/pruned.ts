// What prunes print of what they removed, in Docker's words.
import type {ImageRemoval} from '../engine.ts';

/** 'Deleted Volumes:' and the names below; empty for none. */
export function prunedText(kind: string, removed: readonly string[]): string {
  return removed.length === 0 ? '' : `Deleted ${kind}:\n${removed.join('\n')}\n\n`;
}

export function prunedImagesText(removed: readonly ImageRemoval[]): string {
  const lines = removed.flatMap(({untagged, deleted}) => [
    ...untagged.map((name) => `untagged: ${name}`),
    ...deleted.map((digest) => `deleted: ${digest}`),
  ]);
  return prunedText('Images', lines);
}
