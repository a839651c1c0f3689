// Images as a person handles them: pull, images, rmi.
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type Registry, startRegistry} from '../support/registry-server.ts';
import {crundle, crundleOk, testHost} from '../support/test-host.ts';

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

test('tag gives it another name, and takes that name from who had it', async () => {
  await crundleOk(['tag', image, 'app:1']);
  const [id = ''] = (await crundleOk(['images', '-q', '--no-trunc', image])).split('\n');
  assert.is(await crundleOk(['image', 'inspect', '-f', '{{.Id}}', 'app:1']), id);
  assert.is(
    await crundleOk(['image', 'inspect', '-f', '{{json .RepoTags}}', id]),
    JSON.stringify([`${image}:latest`, 'app:1']),
  );
  assert.is(await crundleOk(['rmi', 'app:1']), 'Untagged: app:1');
});

test('image inspect tells of images only', async () => {
  const {stdout, stderr, status} = await crundle(['image', 'inspect', 'absent']);
  assert.is(stdout, '[]\n');
  assert.is(stderr.split('\n')[0], 'Error: No such image: absent:latest');
  assert.is(status, 1);
  assert.is((await crundle(['image', 'inspect', '-f', '{{.Id}}', 'absent'])).stdout, '\n');
  const [one] = JSON.parse(await crundleOk(['image', 'inspect', '-f', 'json', image]));
  assert.is(one.Os, 'linux');
});

test('image prune asks first, in the words of docker 28', async () => {
  const question = 'Are you sure you want to continue? [y/N] ';
  assert.is(
    await crundleOk(['image', 'prune'], {input: 'n\n'}),
    `WARNING! This will remove all dangling images.\n${question}`,
  );
  assert.is(
    await crundleOk(['image', 'prune', '--filter', 'dangling=false'], {input: '\n'}),
    `WARNING! This will remove all images without at least one container associated to them.\n${question}`,
  );
  assert.is(await crundleOk(['image', 'prune', '-f']), 'Total reclaimed space: 0B');
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

test('image prune takes the nameless, and tells what the disk got back', async () => {
  await crundleOk(['pull', '-q', image]);
  await crundleOk(['tag', image, 'app:2']);
  assert.is(
    await crundleOk(['image', 'prune', '-f', '--filter', 'until=2000-01-01']),
    'Total reclaimed space: 0B',
  );
  const lines = (await crundleOk(['image', 'prune', '-af'])).split('\n');
  assert.equal(lines.slice(0, 3), ['Deleted Images:', `untagged: ${image}:latest`, 'untagged: app:2']);
  assert.match(lines[3] ?? '', new RegExp(`^untagged: ${image}@sha256:[0-9a-f]{64}$`));
  assert.match(lines[4] ?? '', /^deleted: sha256:[0-9a-f]{64}$/);
  assert.is(lines[5], '');
  assert.match(lines[6] ?? '', /^Total reclaimed space: [0-9.]+MB$/);
  assert.equal(readdirSync(join(testHost.dataRoot, 'images/blobs/sha256')), []);
});

test.run();
