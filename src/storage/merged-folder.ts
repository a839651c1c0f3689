// A folder as an overlay of layers shows it, read from the layers themselves: nothing is mounted, so nothing is left when
// the reader is killed, and the topmost layer may be the one that a container writes in.
import {type BigIntStats, lstatSync} from 'node:fs';
import type {ByteString} from './byte-string.ts';
import {OpenFolder} from './open-folder.ts';
import {isOpaque, isWhiteout} from './parent-layers.ts';

export interface MergedEntry {
  name: ByteString;
  /** Of the topmost layer that has it. Good while the folder is open. */
  path: string | Buffer;
  stat: BigIntStats;
}

interface InLayer extends MergedEntry {
  layer: OpenFolder;
}

export class MergedFolder implements Disposable {
  /** Topmost first. */
  readonly #layers: readonly OpenFolder[];

  private constructor(layers: readonly OpenFolder[]) {
    this.#layers = layers;
  }

  /** The root of these layers, lowest first. Throws what opening one of them throws. */
  static openRoot(folders: readonly string[]): MergedFolder {
    const layers: OpenFolder[] = [];
    try {
      for (const folder of folders.toReversed()) layers.push(OpenFolder.open(folder));
    } catch (error) {
      for (const layer of layers) layer[Symbol.dispose]();
      throw error;
    }
    return new MergedFolder(layers);
  }

  /** All that can be seen in it, in the order of the bytes of their names. */
  *entries(): Generator<MergedEntry> {
    const names = new Set(this.#layers.flatMap((layer) => layer.names()));
    for (const name of [...names].sort()) {
      const found = this.find(name);
      if (found) yield found;
    }
  }

  /** Undefined when it is hidden or nowhere. */
  find(name: ByteString): MergedEntry | undefined {
    for (const found of this.#look(name)) return found;
    return undefined;
  }

  /** The folder of that name; undefined when it is something else, or gone. */
  open(name: ByteString): MergedFolder | undefined {
    const layers: OpenFolder[] = [];
    for (const {layer, stat} of this.#look(name)) {
      const folder = stat.isDirectory() ? layer.open(name) : undefined;
      if (folder) layers.push(folder);
    }
    return layers.length === 0 ? undefined : new MergedFolder(layers);
  }

  // The layers that take part in what is there: the topmost one that has it, and below a folder, other folders.
  *#look(name: ByteString): Generator<InLayer> {
    let isBelow = false;
    for (const layer of this.#layers) {
      const path = layer.path(name);
      const stat = lstatSync(path, {bigint: true, throwIfNoEntry: false});
      if (!stat) continue;
      if (isWhiteout(stat) || (isBelow && !stat.isDirectory())) return;
      yield {layer, name, path, stat};
      if (!stat.isDirectory() || isOpaque(path)) return;
      isBelow = true;
    }
  }

  [Symbol.dispose](): void {
    for (const layer of this.#layers) layer[Symbol.dispose]();
  }
}
