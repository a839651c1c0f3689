// Images that go from one engine to another in archives: crundle, Docker, Podman and skopeo, in both directions, with every
// digest compared.
import {execFileSync, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {loadConfig} from '../../src/config/config.ts';
import {Engine} from '../../src/engine.ts';
import {DockerDaemon, dockerMissing} from '../support/docker-daemon.ts';
import {FakeRegistry} from '../support/fake-registry.ts';
import {makeImage, type TestImage} from '../support/image.ts';
import {ociArchive, tarOf} from '../support/image-archive.ts';
import {makeLayer, sha256} from '../support/layer.ts';
import {podman, podmanMissing} from '../support/podman.ts';
import {
  assertHostClean,
  crundle,
  crundleOk,
  crundlePath,
  makeTestHost,
  saySkipped,
  testHost,
} from '../support/test-host.ts';

const archives = suite('archives between engines');
const missing = dockerMissing ?? podmanMissing;
const test = missing === undefined ? archives : archives.skip;
if (missing !== undefined) saySkipped(missing);

const noise = createHash('shake256', {outputLength: 200_000}).digest();
const layersOf = (compression: 'gzip' | 'zstd') => [
  makeLayer([{name: 'usr/'}, {name: 'usr/noise', content: noise}], {compression}),
  makeLayer([{name: 'etc/'}, {name: 'etc/name', content: compression}], {compression}),
];
const images = {
  'oci-gzip': makeImage({layers: layersOf('gzip')}),
  'oci-zstd': makeImage({layers: layersOf('zstd')}),
  'docker-gzip': makeImage({layers: layersOf('gzip'), format: 'docker', config: {Cmd: ['docker']}}),
};
type Kind = keyof typeof images;
const kinds = Object.keys(images) as Kind[];

const file = join(testHost.tmp, 'archive.tar');
const other = makeTestHost();
let elsewhere: Engine;
let docker: DockerDaemon;
let registry: FakeRegistry;

archives.before(async () => {
  if (missing !== undefined) return;
  docker = await DockerDaemon.start();
  elsewhere = await Engine.open({config: loadConfig({env: other.env}), journal: false});
  registry = await FakeRegistry.start();
  for (const kind of kinds) {
    const name = registry.put(kind, '1', images[kind]);
    await crundleOk(['pull', '-q', name]);
    await crundleOk(['tag', name, `reg.example/${kind}:1`]);
    await crundleOk(['rmi', name]);
  }
});

archives.after(async () => {
  if (missing !== undefined) return;
  elsewhere.close();
  await docker[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
  await assertHostClean();
});

function skopeo(...args: string[]): string {
  return execFileSync('skopeo', ['--insecure-policy', '--override-arch', 'arm64', ...args], {
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
}

const rawDigest = (text: string) => sha256(Buffer.from(text));
const diffIdsOf = (image: TestImage) => JSON.stringify(image.layers.map(({diffId}) => diffId));

/** The digest of the OCI manifest under a name: the image's own, or that of the one made of Docker's. */
function ociDigest(kind: Kind): string {
  const index = JSON.parse(readFileSync(join(testHost.dataRoot, 'images/index.json'), 'utf8')) as {
    manifests: {digest: string; annotations?: Record<string, string>}[];
  };
  const entry = index.manifests.find(
    ({annotations}) => annotations?.['org.opencontainers.image.ref.name'] === `reg.example/${kind}:1`,
  );
  return entry?.digest ?? '';
}

/** On the other host, in this process: an engine for each look would take longer than all the rest. */
async function loadedHere(name: string): Promise<{id: string; digest: string; layers: string}> {
  const {id, manifestDigest, diffIds} = await elsewhere.images.get(name);
  return {id, digest: manifestDigest, layers: JSON.stringify(diffIds)};
}

/** Loads into the empty other host; returns what `load` prints. */
async function loadHere(path: string): Promise<string> {
  await clear();
  const lines: string[] = [];
  for await (const {image, references} of elsewhere.images.load({path})) {
    const names = references.map(
      (reference) => `Loaded image: ${reference.replace('docker.io/library/', '')}`,
    );
    lines.push(...(names.length > 0 ? names : [`Loaded image ID: ${image.id}`]));
  }
  return lines.join('\n');
}

async function clear(): Promise<void> {
  for (const {id} of await elsewhere.images.list()) await elsewhere.images.remove(id, {force: true});
}

for (const kind of kinds) {
  test(`${kind}: what save writes, everybody reads`, async () => {
    const {config, manifest} = images[kind];
    const name = `reg.example/${kind}:1`;
    await crundleOk(['save', '-o', file, name]);
    assert.is(rawDigest(skopeo('inspect', '--raw', `oci-archive:${file}`)), ociDigest(kind));
    assert.is(rawDigest(skopeo('inspect', '--config', '--raw', `docker-archive:${file}`)), config.digest);
    // Podman keeps the manifest as it is.
    assert.is(podman('load', '-q', '-i', file), `Loaded image: ${name}`);
    const format = '{{.Id}} {{.Digest}} {{json .RootFS.Layers}}';
    const expected = `${config.digest.slice(7)} ${ociDigest(kind)} ${diffIdsOf(images[kind])}`;
    assert.is(podman('image', 'inspect', '-f', format, name), expected);
    // Docker 20.10 knows no zstd, so it is given the form in which layers are not compressed.
    if (kind === 'oci-zstd') await crundleOk(['save', '--format', 'docker-archive', '-o', file, name]);
    assert.is(docker.client('load', '-i', file), `Loaded image: ${name}\n`);
    const seen = docker.client('image', 'inspect', '-f', '{{.Id}} {{json .RootFS.Layers}}', name);
    assert.is(seen.trim(), `${config.digest} ${diffIdsOf(images[kind])}`);
    // The manifest that the registry has is carried along, also where it is Docker's.
    await crundleOk(['save', '-o', file, name]);
    assert.is(await loadHere(file), `Loaded image: ${name}`);
    assert.equal(await loadedHere(name), {
      id: config.digest,
      digest: manifest.digest,
      layers: diffIdsOf(images[kind]),
    });
  });

  test(`${kind}: what the others write, load reads`, async () => {
    const {config, layers} = images[kind];
    const name = `reg.example/${kind}:1`;
    const id = config.digest;
    const folder = join(testHost.tmp, `layout-${kind}`);
    const compression = kind === 'oci-zstd' ? ['--dest-compress-format', 'zstd'] : [];
    const source = `oci:${join(testHost.dataRoot, 'images')}:${name}`;
    skopeo('copy', '-q', ...compression, source, `oci:${folder}:${name}`);
    const digest = rawDigest(skopeo('inspect', '--raw', `oci:${folder}:${name}`));
    const shared = {id, layers: JSON.stringify(layers.map(({diffId}) => diffId))};
    assert.is(await loadHere(folder), `Loaded image: ${name}`);
    assert.equal(await loadedHere(name), {...shared, digest});
    rmSync(file, {force: true});
    skopeo('copy', '-q', `oci:${folder}:${name}`, `oci-archive:${file}:${name}`);
    assert.is(await loadHere(file), `Loaded image: ${name}`);
    assert.equal(await loadedHere(name), {...shared, digest});
    rmSync(file);
    docker.client('save', '-o', file, name);
    assert.is(await loadHere(file), `Loaded image: ${name}`);
    const made = await loadedHere(name);
    assert.equal({...made, digest: ''}, {...shared, digest: ''});
    // skopeo writes no zstd there, nor does it undo it. Two programs, one list of files: the same manifest is made of it.
    if (kind !== 'oci-zstd') {
      rmSync(file);
      skopeo('copy', '-q', `oci:${folder}:${name}`, `docker-archive:${file}:${name}`);
      assert.is(await loadHere(file), `Loaded image: ${name}`);
      assert.equal(await loadedHere(name), made);
    }
    rmSync(folder, {recursive: true});
    assert.is(await loadThroughPipe(`docker -H ${docker.host} save ${name}`), `Loaded image: ${name}\n`);
    assert.equal(await loadedHere(name), made);

    for (const format of ['oci-archive', 'docker-archive', 'oci-dir']) {
      // Nor does podman.
      if (kind === 'oci-zstd' && format === 'docker-archive') continue;
      rmSync(file, {force: true, recursive: true});
      podman('save', '-q', '--format', format, '-o', file, name);
      assert.match(await loadHere(file), format === 'oci-dir' ? /^Loaded image/ : `Loaded image: ${name}`);
      assert.equal(
        (await elsewhere.images.list()).map((found) => found.id),
        [id],
        format,
      );
    }
    rmSync(file, {recursive: true});
  });
}

async function loadThroughPipe(program: string): Promise<string> {
  await clear();
  const line = `/usr/bin/${program} | "$0" load`;
  return execFileSync('sh', ['-c', line, crundlePath], {encoding: 'utf8', env: other.env});
}

test('several images in one archive, with the layers they share once', async () => {
  const names = kinds.map((kind) => `reg.example/${kind}:1`);
  await crundleOk(['save', '-o', file, ...names]);
  const listed = execFileSync('tar', ['-tf', file], {encoding: 'utf8'}).trim().split('\n');
  assert.is(new Set(listed).size, listed.length);
  assert.equal(listed.slice(0, 3), ['oci-layout', 'index.json', 'manifest.json']);
  const gzip = images['oci-gzip'].layers[0]?.digest.slice(7) ?? '';
  assert.is(listed.filter((name) => name.endsWith(gzip)).length, 1);
  assert.is(await loadHere(file), names.map((name) => `Loaded image: ${name}`).join('\n'));
  // The same images are the same bytes, whoever saves them.
  const again = join(testHost.tmp, 'again.tar');
  await crundleOk(['save', '-o', again, ...names], {host: other});
  assert.ok(readFileSync(again).equals(readFileSync(file)), 'the archives differ');
  rmSync(again);
});

test('which names an archive has: Docker’s rules', async () => {
  await crundleOk(['tag', 'reg.example/oci-gzip:1', 'reg.example/oci-gzip:2']);
  await crundleOk(['tag', 'reg.example/oci-gzip:1', 'local']);
  docker.client('tag', 'reg.example/oci-gzip:1', 'reg.example/oci-gzip:2');
  docker.client('tag', 'reg.example/oci-gzip:1', 'local');
  const [id = ''] = (await crundleOk(['images', '-q', 'local'])).split('\n');
  const tags = (text: string) =>
    (JSON.parse(text) as {RepoTags: string[] | null}[]).map(({RepoTags}) => RepoTags);
  for (const words of [
    ['reg.example/oci-gzip'],
    ['local', 'reg.example/oci-gzip:2'],
    ['local:latest', 'local'],
    [id],
    [id, 'local'],
    [images['oci-gzip'].config.digest],
  ]) {
    const list = async (archive: string) => {
      const text = execFileSync('tar', ['-xOf', archive, 'manifest.json'], {encoding: 'utf8'});
      return tags(text);
    };
    docker.client('save', '-o', file, ...words);
    const expected = await list(file);
    await crundleOk(['save', '-o', file, ...words]);
    assert.equal(await list(file), expected, words.join(' '));
  }
});

const refusals: [string[], RegExp][] = [
  [['save', 'nope'], /No such image: nope$/m],
  [['save', 'nope:1'], /No such image: nope:1|reference does not exist/],
  [['save', 'X:y'], /invalid reference format: repository name.* must be lowercase/],
  [['save'], /requires at least 1 argument/],
  [['save', '-o', '/absent/x.tar', 'local'], /failed to save image: invalid output path: /],
  [['save', '-o', '/dev/null', 'local'], /failed to save image: .*(got a device|character device file)/],
  [['load', '-i', '/absent'], /open \/absent: no such file or directory$/m],
  [['load', 'x'], /accepts no arguments/],
];

for (const [words, message] of refusals) {
  test(`refused as Docker does: ${words.join(' ')}`, async () => {
    const theirs = docker.try(...words);
    const ours = await crundle(words);
    assert.is(ours.status, theirs.status, theirs.stderr);
    assert.is(ours.stdout, theirs.stdout);
    assert.match(theirs.stderr, message);
    assert.match(ours.stderr, message);
  });
}

test('a name that another image had is told of as Docker tells of it', async () => {
  const [one, two] = [makeImage({config: {Cmd: ['one']}}), makeImage({config: {Cmd: ['two']}})];
  for (const image of [one, two]) {
    await loadHere(await writeArchive(image));
    await crundleOk(['save', '-o', file, 'app:1'], {host: other});
    assert.is(await crundleOk(['load', '-i', file]), docker.client('load', '-i', file).trim());
  }
});

async function writeArchive(image: TestImage): Promise<string> {
  mkdirSync(dirname(file), {recursive: true});
  writeFileSync(file, tarOf(ociArchive([{image, names: ['app:1']}])));
  return file;
}

test('a save that fails leaves the file as it was, and nothing beside it', async () => {
  writeFileSync(file, 'before');
  const before = readdirSync(dirname(file)).sort();
  const missingImage = await crundle(['save', '-o', file, 'local', 'absent']);
  assert.is(missingImage.status, 1);
  const [layer] = images['docker-gzip'].layers;
  const path = join(other.dataRoot, 'images/blobs/sha256', layer?.digest.slice(7) ?? '');
  await crundleOk(['save', '-o', `${file}.good`, 'reg.example/docker-gzip:1']);
  await loadHere(`${file}.good`);
  rmSync(`${file}.good`);
  const bytes = readFileSync(path);
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  const damaged = await crundle(['save', '-o', file, 'reg.example/docker-gzip:1'], {host: other});
  assert.is(damaged.status, 1);
  assert.match(
    damaged.stderr,
    /^Error: blob sha256:[0-9a-f]{64} in .* has other content than its name says\n/,
  );
  assert.is(readFileSync(file, 'utf8'), 'before');
  assert.equal(readdirSync(dirname(file)).sort(), before);
});

test('a full disk behind standard output is told of as Docker tells of it', () => {
  const words = 'write /dev/stdout: no space left on device';
  const ask = (line: string) => spawnSync('sh', ['-c', `${line} >/dev/full`], {encoding: 'utf8'});
  const theirs = ask(`/usr/bin/docker -H ${docker.host} save local`);
  assert.equal([theirs.status, theirs.stderr], [1, `${words}\n`]);
  const ours = ask(`${crundlePath} save local`);
  assert.equal([ours.status, ours.stderr], [1, `Error: ${words}\n`]);
});

test('the events of save and load are those of Docker', async () => {
  const id = images['oci-gzip'].config.digest;
  await crundleOk(['save', '-o', file, 'local']);
  await crundleOk(['load', '-q', '-i', file]);
  const lines = (text: string) =>
    text
      .trim()
      .split('\n')
      .filter((line) => / image (save|load) /.test(line) && line.includes(id))
      .slice(-2)
      .map((line) => line.replace(/^\S+ /, ''));
  // Docker's client has only whole seconds.
  const events = () => ['events', '--since', '1m', '--until', String(Math.ceil(Date.now() / 1000))];
  const ours = lines(await crundleOk(events()));
  docker.client('save', '-o', file, 'local');
  docker.client('load', '-q', '-i', file);
  assert.equal(ours, lines(docker.client(...events())));
});

archives.run();
