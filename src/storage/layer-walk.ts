// The entries of a layer as they are on disk, in the order of its manifest: depth first, names by their bytes. Follows
// no link. The whole tree is never in memory, only the names of the folders on the way.
import {type BigIntStats, lstatSync, readdirSync} from 'node:fs';
import {type ByteString, toByteString, toPath} from './byte-string.ts';
import {joinPath} from './layer-name.ts';

export interface WalkedEntry {
  /** Below the layer's root; '' is the root itself. */
  name: ByteString;
  path: string | Buffer;
  stat: BigIntStats;
}

/** Yields every entry, and `undefined` after the last one of each folder. Throws the errors of system calls. */
export function* walkLayer(root: string): Generator<WalkedEntry | undefined> {
  const start = toByteString(root);
  const look = (name: ByteString): WalkedEntry => {
    const path = toPath(name === '' ? start : `${start}/${name}`);
    return {name, path, stat: lstatSync(path, {bigint: true})};
  };
  const top = look('');
  yield top;
  if (!top.stat.isDirectory()) return;
  const open = [{name: '', rest: namesIn(top.path)}];
  for (let folder = open.at(-1); folder; folder = open.at(-1)) {
    const base = folder.rest.pop();
    if (base === undefined) {
      open.pop();
      yield undefined;
      continue;
    }
    const entry = look(joinPath(folder.name, base));
    yield entry;
    if (entry.stat.isDirectory()) open.push({name: entry.name, rest: namesIn(entry.path)});
  }
}

/** The names in a folder, last one first. */
function namesIn(path: string | Buffer): ByteString[] {
  return readdirSync(path, {encoding: 'latin1'}).sort().reverse();
}
