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
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import {equal, is, match, ok, unreachable} from 'uvu/assert';
import {type Config, loadConfig} from '../../src/config/config.ts';
import {lockToSweep} from '../../src/engine/sweep-lock.ts';
import {Engine} from '../../src/engine.ts';
import {tryLockFile} from '../../src/system/file-lock.ts';
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

/** As if all of it had been done an hour ago, and the machine been off since. */
function anHourAgo({config: {dataRoot}}: {config: Config}): void {
  const before = new Date(Date.now() - 60 * 60_000);
  for (const entry of readdirSync(dataRoot, {recursive: true, withFileTypes: true})) {
    if (entry.isFile() || entry.isDirectory()) utimesSync(join(entry.parentPath, entry.name), before, before);
  }
}

for (const first of ['an engine', 'a check'] as const) {
  test(`the last sign of life is of before the boot, when ${first} comes first`, async (context) => {
    anHourAgo(context);
    rmSync(context.config.runRoot, {recursive: true});
    if (first === 'a check') await Engine.check({}, context.config);
    for (const path of [join(context.layer, 'd/file'), context.blob]) {
      const {atime, mtime, size} = statSync(path);
      writeFileSync(path, Buffer.alloc(size));
      utimesSync(path, atime, mtime);
    }
    await using _engine = await Engine.open({config: context.config, journal: false});
    equal([existsSync(context.blob), existsSync(join(context.layer, 'damaged'))], [false, true]);
  });
}

for (const end of ['a cut', 'a clean shutdown'] as const) {
  test(`what came in a boot from the past is known by its beginning, after ${end}`, async (context) => {
    const {config} = context;
    const mark = join(config.dataRoot, 'clean-shutdown');
    const future = new Date(Date.now() + 365 * 24 * 60 * 60_000);
    writeFileSync(mark, 'of an earlier boot');
    utimesSync(mark, future, future);
    rmSync(config.runRoot, {recursive: true});
    {
      await using engine = await Engine.open({config, journal: false});
      const now = new Date();
      for (const path of [context.blob, join(context.layer, 'layer.json')]) utimesSync(path, now, now);
      if (end === 'a clean shutdown') {
        // What is as old as the mark to the millisecond counts as in flight.
        await sleep(20);
        await engine.system.stop({onFailure: (error) => unreachable(String(error))});
      }
    }
    await using _engine = await cutAndBoot(context);
    const isRead = end === 'a cut';
    equal([existsSync(context.blob), existsSync(join(context.layer, 'damaged'))], [!isRead, isRead]);
    is(existsSync(join(config.dataRoot, 'clock-behind')), isRead);
  });
}

test('others wait for whoever sweeps, and not for a pull', async ({config}) => {
  const path = join(config.dataRoot, 'store.lock');
  {
    using _pull = tryLockFile(path, 'shared');
    is(await lockToSweep(path, () => false, 0), undefined);
  }
  const sweep = tryLockFile(path, 'exclusive');
  let asked = 0;
  const waiting = lockToSweep(path, () => ++asked < 0, 0);
  const swept = lockToSweep(path, () => asked >= 3, 0);
  is(await swept, undefined);
  sweep?.release();
  using lock = await waiting;
  ok(lock);
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
