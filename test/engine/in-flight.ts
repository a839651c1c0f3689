// A boot after a power cut: what came into the store in the last minutes is read, what is older is not.
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import {equal, is, match, unreachable} from 'uvu/assert';
import {type Config, loadConfig} from '../../src/config/config.ts';
import {Engine} from '../../src/engine.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {FakeRegistry} from '../support/fake-registry.ts';
import {makeImage} from '../support/image.ts';
import {makeLayer} from '../support/layer.ts';

const test = suite<{registry: FakeRegistry; config: Config; layer: string; blob: string}>('engine-in-flight');

const layer = makeLayer([{name: 'file', content: 'x'.repeat(5000), mtime: 5}]);

test.before.each(async (context) => {
  const root = mkdtempSync(join(tmpdir(), 'in-flight-'));
  context.registry = await FakeRegistry.start();
  context.config = {...loadConfig(), dataRoot: join(root, 'data'), runRoot: join(root, 'run')};
  const name = context.registry.put('app', '1', makeImage({layers: [layer]}));
  await using engine = await Engine.open({config: context.config, journal: false});
  await engine.images.pull(name);
  await engine.containers.create({image: name, name: 'app', options: {network: {kind: 'none'}}});
  const layers = join(context.config.dataRoot, 'layers');
  context.layer = join(layers, readdirSync(layers).find((entry) => entry !== 'tmp') ?? '');
  context.blob = join(context.config.dataRoot, 'images/blobs/sha256', layer.digest.slice(7));
});

test.after.each(async ({config, registry}) => {
  rmSync(join(config.dataRoot, '..'), {recursive: true});
  await registry[Symbol.asyncDispose]();
});

/** Damages the layer and its blob, as a card that had confirmed them, and boots. */
async function cutAndBoot({
  config,
  layer: folder,
  blob,
}: {
  config: Config;
  layer: string;
  blob: string;
}): Promise<Engine> {
  for (const path of [join(folder, 'd/file'), blob]) {
    const {atime, mtime, size} = statSync(path);
    writeFileSync(path, Buffer.alloc(size));
    utimesSync(path, atime, mtime);
  }
  rmSync(config.runRoot, {recursive: true});
  return await Engine.open({config, journal: false});
}

test('what was in flight is looked at: a damaged layer is refused, a damaged blob is fetched by the next pull', async (context) => {
  await using engine = await cutAndBoot(context);
  const error = await engineErrorOf(() => engine.containers.start('app'));
  is(error.code, 'layer-damaged');
  match(error.message, /is damaged: \/file: its content differs$/);
  is(existsSync(context.blob), false);
  await engine.images.pull(`${context.registry.address}/app:1`);
  is(readFileSync(join(context.layer, 'd/file'), 'utf8'), 'x'.repeat(5000));
  const {whole} = await Engine.check({deep: true}, context.config);
  is(whole, true);
});

test('what is older than a clean shutdown is not read', async (context) => {
  {
    await using engine = await Engine.open({config: context.config, journal: false});
    await engine.system.stop({onFailure: (error) => unreachable(String(error))});
  }
  await using _engine = await cutAndBoot(context);
  equal([existsSync(context.blob), existsSync(join(context.layer, 'damaged'))], [true, false]);
  is((await Engine.check({deep: true}, context.config)).findings.length, 2);
});

test('what had minutes to reach the disk is not read', async (context) => {
  const before = new Date(Date.now() - 10 * 60_000);
  for (const path of [context.blob, join(context.layer, 'layer.json')]) utimesSync(path, before, before);
  await using _engine = await cutAndBoot(context);
  equal([existsSync(context.blob), existsSync(join(context.layer, 'damaged'))], [true, false]);
});

test('a second command of the same boot looks at nothing', async (context) => {
  rmSync(context.config.runRoot, {recursive: true});
  await (await Engine.open({config: context.config, journal: false}))[Symbol.asyncDispose]();
  const path = join(context.layer, 'd/file');
  const {atime, mtime} = statSync(path);
  writeFileSync(path, 'y'.repeat(5000));
  utimesSync(path, atime, mtime);
  await using _engine = await Engine.open({config: context.config, journal: false});
  is(existsSync(join(context.layer, 'damaged')), false);
});

test.run();
