// A folder that a container has written in, beside what the layers of its image show there. The places that the engine's
// own mounts needed, and made, are no change of the container's, and are not seen here.
import {type BigIntStats, lstatSync} from 'node:fs';
import type {ByteString} from './byte-string.ts';
import {joinPath} from './layer-name.ts';
import {type MergedEntry, MergedFolder} from './merged-folder.ts';
import {OpenFolder} from './open-folder.ts';
import {isOpaque} from './parent-layers.ts';

/** What a container has written, and over what. */
export interface WrittenFiles {
  /** The upper folder of its overlay. */
  upper: string;
  /** The files of its image's layers, lowest first. */
  layers: readonly string[];
  /** Where the engine mounts something in every container: relative paths. */
  places: ReadonlySet<ByteString>;
}

export interface UpperEntry {
  base: ByteString;
  /** Relative to the root. */
  name: ByteString;
  /** Good while the folder is open. */
  path: string | Buffer;
  stat: BigIntStats;
}

export class UpperFolder implements Disposable {
  /** Relative to the root, which is ''. */
  readonly name: ByteString;
  /** True when nothing of the layers below shows in it. */
  readonly hidesBelow: boolean;
  readonly #own: OpenFolder;
  readonly #below: MergedFolder | undefined;
  readonly #places: ReadonlySet<ByteString>;

  private constructor(
    folder: {name: ByteString; hidesBelow: boolean},
    {own, below, places}: {own: OpenFolder; below: MergedFolder | undefined; places: ReadonlySet<ByteString>},
  ) {
    this.name = folder.name;
    this.hidesBelow = folder.hidesBelow;
    this.#own = own;
    this.#below = below;
    this.#places = places;
  }

  static openRoot({upper, layers, places}: WrittenFiles): UpperFolder {
    const below = MergedFolder.openRoot(layers);
    try {
      const own = OpenFolder.open(upper);
      return new UpperFolder({name: '', hidesBelow: false}, {own, below, places});
    } catch (error) {
      below[Symbol.dispose]();
      throw error;
    }
  }

  /** The folder in it of that name; undefined when there is none any more. */
  open({base, name, path}: UpperEntry): UpperFolder | undefined {
    const hidesBelow = this.hidesBelow || isOpaque(path);
    const own = this.#own.open(base);
    if (!own) return undefined;
    const below = this.#below?.open(base);
    return new UpperFolder({name, hidesBelow}, {own, below, places: this.#places});
  }

  /** What was written in it, whiteouts too, in the order of the bytes of their names. */
  *entries(): Generator<UpperEntry> {
    for (const base of this.#own.names()) {
      if (this.#isPlace(base)) continue;
      const path = this.#own.path(base);
      const stat = lstatSync(path, {bigint: true, throwIfNoEntry: false});
      if (stat) yield {base, name: joinPath(this.name, base), path, stat};
    }
  }

  /** True when it is not empty, but only for the places of the engine's mounts. */
  isOnlyPlaces(): boolean {
    const names = this.#own.names();
    return names.length > 0 && names.every((base) => this.#isPlace(base));
  }

  #isPlace(base: ByteString): boolean {
    return this.#places.has(joinPath(this.name, base)) && this.below(base) === undefined;
  }

  /** What the image has under that name. */
  below(base: ByteString): MergedEntry | undefined {
    return this.#below?.find(base);
  }

  /** The names of all that the image has in it. */
  namesBelow(): ByteString[] {
    return [...(this.#below?.entries() ?? [])].map(({name}) => name);
  }

  [Symbol.dispose](): void {
    this.#own[Symbol.dispose]();
    this.#below?.[Symbol.dispose]();
  }
}
