// Images as a person handles them: pull, images, rmi.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type Registry, startRegistry} from '../support/registry-server.ts';
import {crundle, crundleOk} from '../support/test-host.ts';

const test = suite('image commands');
let registry: Registry;
let image: string;

test.before(async () => {
  registry = await startRegistry();
  image = `${registry.address}/busybox`;
});
test.after(() => registry.stop());

test('pull prints what docker prints in a pipe', async () => {
  const lines = (await crundleOk(['pull', image])).split('\n');
  assert.is(lines[0], 'Using default tag: latest');
  assert.is(lines[1], `latest: Pulling from busybox`);
  assert.match(lines[2] ?? '', /^[0-9a-f]{12}: Pulling fs layer$/);
  assert.match(lines.at(-3) ?? '', /^Digest: sha256:[0-9a-f]{64}$/);
  assert.is(lines.at(-2), `Status: Downloaded newer image for ${image}:latest`);
  assert.is(lines.at(-1), `${image}:latest`);
});

test('a second pull finds everything there', async () => {
  assert.match(
    await crundleOk(['pull', image]),
    new RegExp(`Status: Image is up to date for ${image}:latest`),
  );
  assert.is(await crundleOk(['pull', '-q', image]), `${image}:latest`);
});

test('images lists it, by name and by id', async () => {
  const [header, line] = (await crundleOk(['images'])).split('\n');
  assert.match(header ?? '', /^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE$/);
  assert.match(line ?? '', new RegExp(`^${image} +latest +[0-9a-f]{12} +.* +[0-9.]+MB$`));
  const id = await crundleOk(['images', '-q', image]);
  assert.match(id, /^[0-9a-f]{12}$/);
  assert.is(await crundleOk(['images', '-q', `${image}:absent`]), '');
  assert.is(await crundleOk(['inspect', '-f', '{{.Architecture}}', id]), 'arm64');
});

test('an image that is not there fails by name', async () => {
  const {status, stderr} = await crundle(['pull', `${registry.address}/absent`]);
  assert.is(status, 1);
  assert.match(stderr, /^Error: .*absent/);
});

test('rmi tells what it took away', async () => {
  const lines = (await crundleOk(['rmi', image])).split('\n');
  assert.is(lines[0], `Untagged: ${image}:latest`);
  assert.match(lines.at(-1) ?? '', /^Deleted: sha256:[0-9a-f]{64}$/);
  assert.is(await crundleOk(['images', '-q']), '');
  assert.is((await crundle(['rmi', image])).status, 1);
});

test.run();
