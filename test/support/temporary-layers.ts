// A layer store in a temporary folder, with a canary beside it that nothing may touch.
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {layerFolderName} from '../../src/storage/layer-folder.ts';
import {LayerStore, type UnpackedLayer} from '../../src/storage/layer-store.ts';
import {type LayerEntry, makeLayer, sha256, type TestLayer} from './layer.ts';

export interface TemporaryLayers extends Disposable {
  /** The folder that holds `layers/` and `canary/secret`. */
  folder: string;
  root: string;
  store: LayerStore;
  /** Unpacks without committing. `pieceBytes` is the size of the pieces that the blob comes in. */
  unpack(layer: TestLayer, pieceBytes?: number): Promise<UnpackedLayer>;
  /** Unpacks and commits one image, lowest layer first; returns its chainIDs. */
  add(...layers: (readonly (LayerEntry | Buffer)[] | TestLayer)[]): Promise<string[]>;
  /** Where the files of a committed layer are. */
  filesOf(chainId: string): string;
  /** Throws when the canary was touched. */
  checkCanary(): void;
  /** Names in layers/tmp. */
  leftovers(): string[];
}

export function makeTemporaryLayers(): TemporaryLayers {
  const folder = mkdtempSync(join(tmpdir(), 'layers-'));
  const root = join(folder, 'layers');
  const canary = join(folder, 'canary');
  mkdirSync(canary);
  writeFileSync(join(canary, 'secret'), 'untouched');
  const store = new LayerStore(root);
  const layers: TemporaryLayers = {
    folder,
    root,
    store,
    unpack: (layer, pieceBytes) =>
      store.unpack(pieces(layer.blob, pieceBytes), {mediaType: layer.mediaType, diffId: layer.diffId}),
    async add(...images) {
      const chainIds: string[] = [];
      for (const image of images) {
        const layer = 'blob' in image ? image : makeLayer(image);
        const below = chainIds.at(-1);
        const chainId = below === undefined ? layer.diffId : sha256(Buffer.from(`${below} ${layer.diffId}`));
        await store.commit(await layers.unpack(layer), {chainId, parents: chainIds});
        chainIds.push(chainId);
      }
      return chainIds;
    },
    filesOf: (chainId) => join(root, layerFolderName(chainId), 'd'),
    checkCanary() {
      if (readdirSync(folder).sort().join() !== 'canary,layers') throw new Error('a file beside the layers');
      if (readdirSync(canary).join() !== 'secret') throw new Error('a file beside the canary');
      if (readFileSync(join(canary, 'secret'), 'utf8') !== 'untouched')
        throw new Error('the canary was written');
    },
    leftovers: () => readdirSync(join(root, 'tmp')),
    [Symbol.dispose]: () => rmSync(folder, {recursive: true, force: true}),
  };
  return layers;
}

/** The bytes in pieces, as a download gives them. */
export async function* pieces(bytes: Buffer, pieceBytes = 65536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}
