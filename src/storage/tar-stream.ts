// An archive whose files' data has to be waited for, and may be of any size: see tar-writer.ts for what the bytes are.
import {blockBytes, paddingOf} from './tar-header.ts';
import {encodeEntry, type NewTarEntry} from './tar-writer.ts';

export interface TarStreamMember {
  entry: NewTarEntry;
  data?: AsyncIterable<Uint8Array>;
}

/** Lazy, a piece of data at a time. Throws what `members` and their data throw. */
export async function* streamTar(
  members: Iterable<TarStreamMember> | AsyncIterable<TarStreamMember>,
): AsyncGenerator<Uint8Array> {
  for await (const {entry, data} of members) {
    const {dataBytes = 0} = entry;
    yield encodeEntry(entry);
    let written = 0;
    for await (const piece of data ?? []) {
      yield piece;
      written += piece.length;
    }
    if (written !== dataBytes) throw new Error(`${entry.name} has ${written} bytes and not ${dataBytes}`);
    if (paddingOf(dataBytes) > 0) yield Buffer.alloc(paddingOf(dataBytes));
  }
  yield Buffer.alloc(2 * blockBytes);
}
