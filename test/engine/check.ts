// Damage of every kind to everything in the store: each is found, named, and mended or refused with its reason. On a tmpfs, where
// nothing waits for a disk.
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import {equal, is, match, ok, unreachable} from 'uvu/assert';
import {attachmentTo} from '../../bundles/network-options.ts';
import {type Config, loadConfig} from '../../src/config/config.ts';
import {type CheckOptions, Engine, type StoreReport} from '../../src/engine.ts';
import {ImageLayout} from '../../src/images/layout/image-layout.ts';
import type {Descriptor} from '../../src/oci/image-spec.ts';
import {StateDatabase} from '../../src/state/database.ts';
import {restoreRecords} from '../../src/state/record-copy.ts';
import {lockFile} from '../../src/system/file-lock.ts';
import {MS, mount, umount} from '../../src/system/libc.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {FakeRegistry} from '../support/fake-registry.ts';
import {makeImage} from '../support/image.ts';
import {type LayerEntry, makeLayer} from '../support/layer.ts';
import {differences, listTree} from '../support/tree-listing.ts';

interface Store {
  registry: FakeRegistry;
  config: Config;
  root: string;
  /** The images, by the names that they were pulled under. */
  names: string[];
  /** The containers' names. */
  containers: string[];
  pristine: Map<string, string>;
}

const test = suite<Store>('engine-check');

const filesPerLayer = 18;
const sizeOf = (index: number) => (index === 7 ? 300_000 : 100 + index * 331);
const nameOf = (index: number) => `folder-${index % 4}/file-${String(index).padStart(2, '0')}`;

function layerOf(seed: string) {
  const files = Array.from(
    {length: filesPerLayer},
    (_, index): LayerEntry => ({
      name: nameOf(index),
      content: `${seed}-${index}-`.repeat(sizeOf(index)).slice(0, sizeOf(index)),
      mtime: 1_600_000_000 + index,
    }),
  );
  const folders = [0, 1, 2, 3].map((index) => ({name: `folder-${index}/`, mtime: 1_500_000_000}));
  return makeLayer([...folders, ...files, {name: 'link', type: 'symbolic-link', linkName: nameOf(0)}]);
}

test.before(async (context) => {
  context.registry = await FakeRegistry.start();
  context.root = mkdtempSync(join(tmpdir(), 'check-'));
  mount('tmpfs', context.root, 'tmpfs', 0n, 'size=200m');
  const {registry, root} = context;
  context.config = {
    ...loadConfig(),
    dataRoot: join(root, 'data'),
    runRoot: join(root, 'run'),
    maxDownloadAttempts: 1,
  };
  const images = [
    makeImage({layers: ['a', 'b', 'c'].map(layerOf)}),
    makeImage({layers: [layerOf('a'), layerOf('d')], format: 'docker'}),
  ];
  context.names = images.map((image, index) => registry.put(`app${index}`, '1', image));
  await using engine = await Engine.open({config: context.config, journal: false});
  for (const name of context.names) await engine.images.pull(name);
  context.containers = ['one', 'two'];
  await engine.networks.create({name: 'apps', labels: {of: 'the test'}});
  for (const [index, name] of context.containers.entries()) {
    await engine.containers.create({
      image: context.names[index] ?? '',
      name,
      options: {network: {kind: 'networks', attachments: [attachmentTo('apps')]}},
    });
  }
  context.pristine = listing(context);
});

test.after(async ({root, registry, config}) => {
  await using engine = await Engine.open({config, journal: false});
  await engine.system.stop({onFailure: (error) => unreachable(String(error))}, {networks: true});
  engine.close();
  umount(root);
  rmSync(root, {recursive: true});
  await registry[Symbol.asyncDispose]();
});

/** All layers, but for the times of what is made anew with each. */
function listing({config}: Store): Map<string, string> {
  const all = [...listTree(join(config.dataRoot, 'layers'))].filter(([path]) => /^\/[a-z2-7]{20}/.test(path));
  return new Map(
    all.map(([path, facts]) => [path, /^\/\w+\/d/.test(path) ? facts : facts.replace(/mtime \d+/, '')]),
  );
}

const check = ({config}: Store, options: CheckOptions = {}) => Engine.check({deep: true, ...options}, config);

type Damage = (path: string) => void;

/** What a disk does leaves the times as they are. */
const quietly =
  (change: (path: string) => void): Damage =>
  (path) => {
    const {atime, mtime} = lstatSync(path);
    change(path);
    utimesSync(path, atime, mtime);
  };

const damages: Record<string, Damage> = {
  flip: quietly((path) => {
    const bytes = readFileSync(path);
    const at = Math.floor(bytes.length * 0.6);
    bytes[at] = (bytes[at] ?? 0) ^ 4;
    writeFileSync(path, bytes);
  }),
  truncate: quietly((path) => truncateSync(path, Math.floor(lstatSync(path).size / 2))),
  zero: quietly((path) => writeFileSync(path, Buffer.alloc(lstatSync(path).size))),
  remove: (path) => rmSync(path),
};
const kinds = Object.keys(damages);

function damage(kind: string | undefined, path: string): void {
  total++;
  damages[kind ?? '']?.(path);
}

let total = 0;

const layerFolders = ({config}: Store) =>
  readdirSync(join(config.dataRoot, 'layers'))
    .filter((name) => name !== 'tmp')
    .map((name) => join(config.dataRoot, 'layers', name));

/** Repairs, and proves that everything is as it was. */
async function repair(store: Store): Promise<StoreReport> {
  const report = await check(store, {repair: true});
  equal(
    report.findings.filter(({state}) => state !== 'mended'),
    [],
  );
  is(report.whole, true);
  equal(differences(listing(store), store.pristine), []);
  equal((await check(store)).findings, []);
  return report;
}

test('a whole store is said to be whole, and counted', async (store) => {
  const {findings, whole, checked, unproven} = await check(store);
  equal([findings, whole, unproven], [[], true, []]);
  // The second image has a manifest of Docker's and a twin of it; both have the lowest layer.
  equal([checked.images, checked.containers, checked.blobs, checked.layers], [2, 2, 9, 4]);
  is(checked.entries, 4 * (1 + 4 + filesPerLayer + 1));
  ok(checked.bytes > 4 * 300_000);
});

for (const round of kinds.keys()) {
  test(`files of layers, flipped, cut, zeroed and gone: round ${round + 1}`, async (store) => {
    for (const folder of layerFolders(store)) {
      for (let index = 0; index < filesPerLayer; index++)
        damage(kinds[(index + round) % kinds.length], join(folder, 'd', nameOf(index)));
    }
    const report = await check(store);
    is(report.findings.length, 4);
    for (const {kind, state, problems, images, containers} of report.findings) {
      equal([kind, state], ['layer', 'damaged']);
      for (let index = 0; index < filesPerLayer; index++) {
        const what = {
          flip: 'its content differs',
          zero: 'its content differs',
          truncate: 'size is',
          remove: 'is missing',
        };
        const wanted = what[(kinds[(index + round) % kinds.length] ?? 'flip') as keyof typeof what];
        ok(
          problems.some((problem) => problem.startsWith(`/${nameOf(index)}: ${wanted}`)),
          `${nameOf(index)} is not named`,
        );
      }
      ok(images.length > 0 && containers.length > 0);
    }
    const lowest = report.findings[0];
    equal([lowest?.images.length, lowest?.containers.sort()], [2, ['one', 'two']]);
    await using engine = await Engine.open({config: store.config, journal: false});
    for (const name of store.containers) {
      const refused = await engineErrorOf(() => engine.containers.start(name));
      equal(
        [refused.code, refused.hint],
        ['layer-damaged', "'crundle system check --repair' unpacks it again"],
      );
      match(
        refused.message,
        /^layer sha256:[0-9a-f]{64} of image 127\.0\.0\.1:\d+\/app\d:1 is damaged: \/folder-\d.*: .*, and \d+ more$/,
      );
    }
    await repair(store);
  });
}

test('damage that only --deep sees is still there for a quick check, which mends it', async (store) => {
  const [folder = ''] = layerFolders(store);
  const file = join(folder, 'd', nameOf(7));
  const before = readFileSync(file);
  damage('flip', file);
  is((await check(store, {deep: false})).whole, true);
  is((await check(store)).whole, false);
  const found = (await check(store, {deep: false})).findings;
  equal(
    found.map(({kind, problems}) => [kind, problems]),
    [['layer', [`/${nameOf(7)}: its content differs`]]],
  );
  const mended = await check(store, {deep: false, repair: true});
  equal(
    mended.findings.map(({outcome}) => outcome),
    ['unpacked again from its blob'],
  );
  // One that turns out to be whole is no longer marked.
  const [renewed = ''] = layerFolders(store).filter((path) => path === folder);
  equal(readFileSync(join(renewed, 'd', nameOf(7))), before);
  writeFileSync(join(renewed, 'damaged'), 'as a check has found\n');
  is((await check(store, {deep: false})).whole, true);
  is(existsSync(join(renewed, 'damaged')), false);
  await repair(store);
});

test('a folder that may be a layer of a container that nobody knows of is not removed', async (store) => {
  const {config} = store;
  const stray = join(config.dataRoot, 'layers/stray');
  mkdirSync(join(stray, 'd'), {recursive: true});
  const lost = join(config.dataRoot, 'containers', 'f'.repeat(64));
  mkdirSync(lost);
  const {findings} = await check(store, {repair: true});
  equal(
    findings.map(({kind, state}) => [kind, state]),
    [
      ['container', 'lost'],
      ['layer', 'lost'],
    ],
  );
  is(findings[1]?.outcome, 'a container may need it: not all of them are known');
  is(existsSync(stray), true);
  rmSync(lost, {recursive: true});
  await repair(store);
});

test('records and manifests of layers', async (store) => {
  for (const file of ['layer.json', 'manifest.mtree']) {
    for (const kind of kinds) {
      for (const folder of layerFolders(store)) damage(kind, join(folder, file));
      const found = await check(store, {deep: false});
      equal(
        found.findings.map(({kind: what, state, problems}) => [what, state, problems.length]),
        Array(4).fill(['layer', 'damaged', 1]),
      );
      for (const {problems} of found.findings)
        match(problems[0] ?? '', file === 'layer.json' ? 'its layer.json is' : 'its manifest is');
      await repair(store);
    }
  }
});

test('layers that are gone, and folders that are none', async (store) => {
  for (const folder of layerFolders(store)) {
    total++;
    rmSync(folder, {recursive: true});
  }
  mkdirSync(join(store.config.dataRoot, 'layers/stray/d'), {recursive: true});
  const {findings} = await check(store, {deep: false});
  equal(findings.map(({problems}) => problems[0]).sort(), [
    'it is no layer: its record is damaged or missing',
    ...Array(4).fill('it is not there'),
  ]);
  await repair(store);
});

test('blobs: manifests, configs and layers', async (store) => {
  const blobs = join(store.config.dataRoot, 'images/blobs/sha256');
  const names = readdirSync(blobs);
  is(names.length, 9);
  for (const kind of kinds) {
    for (const name of names) damage(kind, join(blobs, name));
    // Behind a damaged manifest nobody sees what is damaged; a repair sees it as it goes on.
    const found = await check(store);
    equal(
      found.findings.map(({kind: what, state}) => [what, state]),
      Array(found.findings.length).fill(['blob', 'damaged']),
    );
    const report = await repair(store);
    equal(report.findings.map(({object}) => object).sort(), names.map((name) => `sha256:${name}`).sort());
    for (const {images, outcome} of report.findings) {
      ok(images.length > 0);
      match(
        outcome ?? '',
        /^(fetched again from 127\.0\.0\.1:\d+|made again from the manifest of its registry)$/,
      );
    }
    equal(readdirSync(join(store.config.dataRoot, 'images/damaged')), []);
  }
});

test('layers and their blobs at once', async (store) => {
  for (const folder of layerFolders(store)) damage('zero', join(folder, 'd', nameOf(3)));
  const blobs = join(store.config.dataRoot, 'images/blobs/sha256');
  for (const name of readdirSync(blobs)) damage('truncate', join(blobs, name));
  const report = await repair(store);
  is(report.findings.length, 4 + 9);
});

test('a quick repair reads the blob that a layer is unpacked from, and mends it first', async (store) => {
  const blobs = join(store.config.dataRoot, 'images/blobs/sha256');
  for (const folder of layerFolders(store)) damage('truncate', join(folder, 'd', nameOf(3)));
  for (const name of readdirSync(blobs))
    if (readFileSync(join(blobs, name))[0] === 0x1f) damage('flip', join(blobs, name));
  const {findings, whole} = await check(store, {deep: false, repair: true});
  equal([findings.length, whole], [4 + 4, true]);
  await repair(store);
});

test('what cannot be read at all is damage, and the rest is looked at', async (store) => {
  const {config} = store;
  // A folder stands for a file on a bad block: it gives EISDIR where that gives EIO.
  const standIn: Damage = (path) => {
    rmSync(path);
    mkdirSync(path);
  };
  const blobs = join(config.dataRoot, 'images/blobs/sha256');
  const manifest =
    readdirSync(blobs).find((name) => readFileSync(join(blobs, name), 'utf8').includes('layers"')) ?? '';
  for (const path of [join(blobs, manifest), join(layerFolders(store)[0] ?? '', 'layer.json')]) {
    total++;
    standIn(path);
  }
  {
    await using engine = await Engine.open({config, journal: false});
    ok((await engine.images.list()).length > 0);
  }
  const {findings} = await check(store, {deep: false});
  equal(findings.map(({kind}) => kind).sort(), ['blob', 'layer']);
  await repair(store);
  const index = join(config.dataRoot, 'images/index.json');
  const before = readFileSync(index);
  standIn(index);
  equal((await check(store, {deep: false})).findings[0]?.problems, ['it cannot be read: EISDIR']);
  rmSync(index, {recursive: true});
  writeFileSync(index, before);
  await repair(store);
});

test('layers of before there were manifests are whole without, and get one', async (store) => {
  for (const folder of layerFolders(store)) {
    const {chainId, diffId, parent, sizeBytes} = JSON.parse(readFileSync(join(folder, 'layer.json'), 'utf8'));
    writeFileSync(
      join(folder, 'layer.json'),
      JSON.stringify({version: 1, chainId, diffId, parent, sizeBytes}),
    );
    rmSync(join(folder, 'manifest.mtree'));
  }
  const {unproven, findings, whole} = await check(store);
  equal([unproven.length, findings, whole], [4, [], true]);
  const report = await repair(store);
  equal(
    report.findings.map(({problems}) => problems),
    Array(4).fill([['it has no manifest']].flat()),
  );
  is((await check(store)).unproven.length, 0);
});

test('a disk that the kernel has made read-only can be checked', async (store) => {
  const {dataRoot} = store.config;
  const [folder = ''] = layerFolders(store);
  damage('zero', join(folder, 'd', nameOf(5)));
  mount(dataRoot, dataRoot, '', MS.bind);
  mount('', dataRoot, '', MS.bind | MS.remount | MS.rdonly);
  try {
    const {findings, checked} = await check(store);
    equal(
      findings.map(({kind, problems}) => [kind, problems]),
      [['layer', [`/${nameOf(5)}: its content differs`]]],
    );
    is(checked.blobs, 9);
  } finally {
    umount(dataRoot);
  }
  await repair(store);
});

test('the list of images, from its copy', async (store) => {
  const index = join(store.config.dataRoot, 'images/index.json');
  const before = readFileSync(index, 'utf8');
  for (const kind of kinds) {
    damage(kind, index);
    equal(
      (await check(store)).findings.map((found) => [found.kind, found.state]),
      [['index', 'damaged']],
    );
    is((await repair(store)).findings[0]?.outcome, 'brought back from its copy');
    is(readFileSync(index, 'utf8'), before);
  }
  // In every name, so that an image would be served under another one's.
  for (const {index: at} of before.matchAll(/app\d:1/g)) {
    total++;
    writeFileSync(index, `${before.slice(0, at + 3)}7${before.slice(at + 4)}`);
    equal(
      (await check(store)).findings.map((found) => found.kind),
      ['index'],
    );
    await repair(store);
    is(readFileSync(index, 'utf8'), before);
  }
  for (const kind of kinds) {
    damage(kind, join(store.config.dataRoot, 'images/oci-layout'));
    equal(
      (await check(store)).findings.map((found) => found.kind),
      ['index'],
    );
    await repair(store);
  }
});

test('the list of images: what other programs have added stays, and an update makes no damage believed', async (store) => {
  const layout = new ImageLayout(join(store.config.dataRoot, 'images'));
  const before = readFileSync(layout.indexPath, 'utf8');
  const entries = layout.readIndex();
  const [first] = entries;
  if (!first) throw new Error('there are no entries');
  const named = (entry: Descriptor, name: string) => ({
    ...entry,
    annotations: {...entry.annotations, 'org.opencontainers.image.ref.name': name},
  });
  // As skopeo writes it: on one line, with the annotations that were there.
  const foreign = JSON.stringify({...JSON.parse(before), manifests: [...entries, named(first, 'added')]});
  writeFileSync(layout.indexPath, foreign);
  is(
    (await repair(store)).findings[0]?.outcome,
    'brought back from its copy, and 1 more that only the damaged one had',
  );
  const sorted = (list: Descriptor[]) => list.map((entry) => JSON.stringify(entry)).sort();
  equal(sorted(layout.readIndex()), sorted([...entries, named(first, 'added')]));
  ok(existsSync(`${layout.indexPath}.damaged-1`));

  // The copy is an update behind.
  await layout.updateIndex(() => entries.slice(0, -1));
  copyFileSync(layout.indexCopyPath, `${layout.indexCopyPath}.behind`);
  await layout.updateIndex(() => entries);
  renameSync(`${layout.indexCopyPath}.behind`, layout.indexCopyPath);
  writeFileSync(
    layout.indexPath,
    before.replace('dev.crundle.index.digest": "sha256:', 'dev.crundle.index.digest": "sha256:0'),
  );
  await repair(store);
  equal(layout.readIndex(), entries);

  const damaged = readFileSync(layout.indexPath, 'utf8').replace('app1:1', 'app7:1');
  writeFileSync(layout.indexPath, damaged);
  is((await engineErrorOf(() => layout.updateIndex(() => []))).code, 'state-damaged');
  is((await engineErrorOf(() => new ImageLayout(layout.root).prepare())).code, 'state-damaged');
  is(readFileSync(layout.indexPath, 'utf8'), damaged);
  await repair(store);
  equal(layout.readIndex(), entries);

  const copy = readFileSync(layout.indexCopyPath, 'utf8');
  writeFileSync(layout.indexPath, foreign);
  await layout.updateIndex((list) => list.slice(1));
  is(readFileSync(`${layout.indexCopyPath}.old`, 'utf8'), copy);
  await layout.updateIndex(() => entries);
});

test('the list of images and its copy: names are what containers and the rest of the list remember', async (store) => {
  const folder = join(store.config.dataRoot, 'images');
  const [index, copy] = [join(folder, 'index.json'), join(folder, 'index.copy.json')];
  const before = readFileSync(index, 'utf8');
  for (const kind of kinds) {
    for (const path of [index, copy]) damage(kind, path);
    const {findings} = await repair(store);
    match(findings[0]?.outcome ?? '', /^made again from 3 manifests among the blobs/);
    await using engine = await Engine.open({config: store.config, journal: false});
    const names = (await engine.images.list()).flatMap(({references}) => references).sort();
    equal(names, store.names.toSorted());
  }
  for (const path of [index, copy]) writeFileSync(path, before);
  equal((await check(store)).findings, []);
});

test('an image that a container was made of by its ID gets no name of it', async (store) => {
  const folder = join(store.config.dataRoot, 'images');
  const paths = [join(folder, 'index.json'), join(folder, 'index.copy.json')];
  const kept = paths.map((path) => readFileSync(path));
  using state = new StateDatabase(join(store.config.dataRoot, 'crundle.db'));
  const names = state.prepare('SELECT id, image FROM containers ORDER BY name').all();
  state
    .prepare("UPDATE containers SET image = iif(name = 'one', substr(image_id, 8, 12), substr(image_id, 8))")
    .run();
  for (const path of paths) rmSync(path);
  await repair(store);
  await using engine = await Engine.open({config: store.config, journal: false});
  equal(
    (await engine.images.list()).flatMap(({references}) => references),
    [],
  );
  for (const [index, path] of paths.entries()) writeFileSync(path, kept[index] ?? '');
  for (const {id, image} of names)
    state.prepare('UPDATE containers SET image = ? WHERE id = ?').run(image ?? '', id ?? '');
  equal((await check(store)).findings, []);
});

/** Everything the database says, but for when it was said. */
function records({config}: Store): string {
  using state = new StateDatabase(join(config.dataRoot, 'crundle.db'));
  return JSON.stringify(
    ['containers', 'networks', 'endpoints'].map((table) =>
      state
        .prepare(`SELECT * FROM ${table} ORDER BY id`)
        .all()
        // How a container that comes back ended, nobody knows.
        .map(({status, digest, exit_code, error, finished_at, ...row}) => row),
    ),
  );
}

test('the database: rows that can be read, and containers by the copies of their records', async (store) => {
  const path = join(store.config.dataRoot, 'crundle.db');
  const before = records(store);
  for (const kind of kinds) {
    damage(kind, path);
    const {findings} = await check(store);
    equal([findings[0]?.kind, findings[0]?.state], ['database', 'damaged']);
    for (const found of (await repair(store)).findings) ok(['database', 'container'].includes(found.kind));
    is(records(store), before);
    await using engine = await Engine.open({config: store.config, journal: false});
    equal((await engine.containers.list()).map(({name}) => name).sort(), store.containers);
  }
  // A row each.
  for (const name of store.containers) {
    total++;
    const bytes = readFileSync(path);
    // Wherever it stands: pages that are free have old rows.
    const image = store.names[store.containers.indexOf(name)] ?? '';
    for (let at = bytes.indexOf(image); at >= 0; at = bytes.indexOf(image))
      bytes[at + 5] = (bytes[at + 5] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    equal((await check(store)).findings[0]?.problems, [`the record ${name} of containers is damaged`]);
    await repair(store);
    is(records(store), before);
  }
});

test('a container whose record is lost with its copy is named, with where its files are', async (store) => {
  const {config} = store;
  const folders = readdirSync(join(config.dataRoot, 'containers'));
  const copies = folders.map((id) => join(config.dataRoot, 'containers', id, 'record.json'));
  const [first = ''] = copies;
  const kept = readFileSync(first);
  for (const kind of kinds) {
    damage(kind, first);
    rmSync(join(config.dataRoot, 'crundle.db'));
    const {findings, whole} = await check(store, {repair: true});
    is(whole, false);
    equal(findings.map((found) => [found.kind, found.state]).sort(), [
      ['container', 'lost'],
      ['container', 'mended'],
      ['database', 'mended'],
    ]);
    match(
      findings.find(({state}) => state === 'lost')?.outcome ?? '',
      new RegExp(
        `^the copy of its record is damaged or missing; what it has written is in .*/containers/${folders[0]}/upper$`,
      ),
    );
    writeFileSync(first, kept);
    await repair(store);
  }
});

test('folders of a container: only what it has written cannot be made anew', async (store) => {
  const containers = join(store.config.dataRoot, 'containers');
  const folder = join(containers, readdirSync(containers)[0] ?? '');
  const {mode} = lstatSync(join(folder, 'work'));
  for (const name of ['work', 'rootfs']) rmSync(join(folder, name), {recursive: true});
  const {findings} = await check(store);
  equal(
    findings.map(({kind, state, problems}) => [kind, state, problems]),
    [
      [
        'container',
        'damaged',
        ['work', 'rootfs'].map((name) => `its folder ${join(folder, name)} is missing`),
      ],
    ],
  );
  await repair(store);
  is(lstatSync(join(folder, 'work')).mode, mode);
  rmSync(join(folder, 'upper'), {recursive: true});
  const lost = (await check(store, {repair: true})).findings[0];
  is(lost?.state, 'lost');
  match(lost?.outcome ?? '', /^what it has written is lost: remove it with 'crundle rm (one|two)'/);
  mkdirSync(join(folder, 'upper'), 0o755);
});

test('a container that comes or goes while the store is checked is not damaged', async (store) => {
  const {config} = store;
  const containers = join(config.dataRoot, 'containers');
  const [id = ''] = readdirSync(containers);
  const [folder, away] = [join(containers, id), join(store.root, 'away')];
  const copy = readFileSync(join(folder, 'record.json'), 'utf8');
  using state = new StateDatabase(join(config.dataRoot, 'crundle.db'));
  let isGone = false;
  const {findings} = await check(store, {
    onProgress() {
      if (isGone) return;
      renameSync(folder, away);
      state.transaction(() => state.prepare('DELETE FROM containers WHERE id = ?').run(id));
      isGone = true;
    },
  });
  equal([isGone, findings], [true, []]);
  const collector = await lockFile(join(config.dataRoot, 'store.lock'), 'exclusive');
  const checked = check(store);
  // Until it waits for the lock, with the records as they were.
  await sleep(200);
  renameSync(away, folder);
  restoreRecords(state, id, copy, {hasRun: false});
  collector.release();
  equal((await checked).findings, []);
});

test('what cannot be fetched again is named, and nothing wrong takes its place', async (store) => {
  const {registry, config} = store;
  const blobs = join(config.dataRoot, 'images/blobs/sha256');
  const layer = readdirSync(blobs).find((name) => readFileSync(join(blobs, name))[0] === 0x1f) ?? '';
  const kept = join(store.root, 'kept');
  copyFileSync(join(blobs, layer), kept);
  for (const [answer, reason] of [
    [{status: 404}, /.+/],
    [{body: Buffer.from('other bytes')}, /.+/],
  ] as const) {
    registry.intercept = ({path}) => (path.includes(layer) ? answer : undefined);
    damage('flip', join(blobs, layer));
    const [found, ...rest] = (await check(store, {repair: true})).findings;
    equal([found?.kind, found?.object, found?.state, rest], ['blob', `sha256:${layer}`, 'lost', []]);
    match(found?.outcome ?? '', reason);
    is(existsSync(join(blobs, layer)), false);
    registry.intercept = () => undefined;
    await repair(store);
    equal(readFileSync(join(blobs, layer)), readFileSync(kept));
  }
});

test('there were at least 200 damages', () => {
  console.log(`${total} damages`);
  ok(total >= 200, `${total}`);
});

test.run();
