// What an image store holds, file by file, and whether a store that was cut off in the middle of something is as good as new.
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import type {Config} from '../../src/config/config.ts';
import {Engine} from '../../src/engine.ts';
import {ImageStore} from '../../src/images/image-store.ts';
import {filesFolder, layerFolderName} from '../../src/storage/layer-folder.ts';
import {differences, listTree} from './tree-listing.ts';

/** By image ID: the files of each of its layers, by the layer's folder. */
export type StoreContent = Map<string, Map<string, Map<string, string>>>;

export async function readStore({dataRoot}: {dataRoot: string}): Promise<StoreContent> {
  const content: StoreContent = new Map();
  if (!existsSync(join(dataRoot, 'images'))) return content;
  const layers = new Map<string, Map<string, string>>();
  for (const {id, chainIds} of await new ImageStore(join(dataRoot, 'images')).list()) {
    const own = chainIds.map((chainId) => {
      const name = layerFolderName(chainId);
      const files = layers.get(name) ?? listLayer(join(dataRoot, 'layers', name, filesFolder));
      layers.set(name, files);
      return [name, files] as const;
    });
    content.set(id, new Map(own));
  }
  return content;
}

// Whiteouts have the time at which they were made.
function listLayer(folder: string): Map<string, string> {
  const lines = [...listTree(folder)].map(
    ([name, facts]) => [name, facts.replace(/^(20000 .*) mtime \d+/, '$1')] as const,
  );
  return new Map(lines);
}

/** Every list can be read, and each image that is there is whole. Returns how many are. */
export async function lookAt(engine: Engine, expected: StoreContent): Promise<number> {
  const listed = await engine.images.list();
  await engine.containers.list();
  await engine.volumes.list();
  const found = await readStore(engine.config);
  assert.equal([...found.keys()].sort(), listed.map(({id}) => id).sort());
  assertWhole(found, expected);
  return found.size;
}

function assertWhole(found: StoreContent, expected: StoreContent): void {
  for (const [id, layers] of found) {
    const wanted = expected.get(id);
    // What a commit has made; the deep check of `mend` looks at it.
    if (!wanted) continue;
    for (const [name, files] of layers)
      assert.is(differences(files, wanted.get(name) ?? new Map()).join('\n'), '', `layer ${name} of ${id}`);
  }
}

/** What was cut can be done again, and what was half made goes. */
export async function mend(
  engine: Engine,
  {references, expected}: {references: readonly string[]; expected: StoreContent},
): Promise<void> {
  await assertNoDamage(engine.config);
  for (const {id} of await engine.images.list())
    if (!expected.has(id)) await engine.images.remove(id, {force: true});
  for (const name of references) await engine.images.pull(name);
  await assertNoDamage(engine.config);
  const found = await readStore(engine.config);
  assert.equal([...found.keys()].sort(), [...expected.keys()].sort());
  assertWhole(found, expected);
  for (const {id} of await engine.containers.list()) await engine.containers.remove(id, {volumes: true});
}

async function assertNoDamage(config: Config): Promise<void> {
  const {findings} = await Engine.check({deep: true}, config);
  assert.is(JSON.stringify(findings), '[]');
}

/** What failed, with what was found in place of what was expected. */
export function detailsOf(error: unknown): string {
  return error instanceof assert.Assertion ? `${error.message}: ${error.actual}` : String(error);
}
