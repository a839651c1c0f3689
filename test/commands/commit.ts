// Images made of containers: that nothing is lost on the way, whatever state the container is in and whoever is killed.
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {killAtRandomMoments} from '../support/killed-command.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, testHost} from '../support/test-host.ts';

const test = suite('commit');
const {image} = await serveBusybox(test);

const run = (name: string, ...rest: string[]) =>
  crundleOk(['run', '--network', 'none', '--name', name, ...rest]);

test.after.each(async () => {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', ...ids]);
  assert.equal(leftovers(), []);
});
test.after(async () => await assertHostClean());

function leftovers(): string[] {
  return ['images/partial', 'layers/tmp'].flatMap((folder) => readdirSync(join(testHost.dataRoot, folder)));
}

const inspect = (name: string, format: string) => crundleOk(['image', 'inspect', '-f', format, name]);
const layersOf = async (name: string) => JSON.parse(await inspect(name, '{{json .RootFS.Layers}}'));

test('a container of the image finds what the first one left', async () => {
  await run('first', image, 'sh', '-c', 'echo kept >/etc/kept; rm /etc/group; chown 3:4 /home');
  const id = await crundleOk(['commit', '-a', 'Ada <ada@example.com>', '-m', 'a message', 'first', 'app:1']);
  assert.match(id, /^sha256:[0-9a-f]{64}$/);
  assert.is(
    await inspect('app:1', '{{.Id}}|{{.Author}}|{{.Comment}}'),
    `${id}|Ada <ada@example.com>|a message`,
  );
  const found = await crundleOk([
    ...['run', '--rm', '--network', 'none', 'app:1'],
    ...['sh', '-c', 'cat /etc/kept; ls /etc; stat -c %u:%g /home'],
  ]);
  assert.equal(found.split('\n'), ['kept', 'hostname', 'hosts', 'kept', 'passwd', 'resolv.conf', '3:4']);
  const [newest, ...older] = (
    await crundleOk(['history', '--format', '{{.CreatedBy}}|{{.Size}}', 'app:1'])
  ).split('\n');
  assert.is(newest, 'sh -c echo kept >/etc/kept; rm /etc/group; c…|5B');
  assert.equal(older, ['crundle fixture|1.85MB']);
});

test('the options of the container are those of the image, and instructions change them', async () => {
  const options = ['-e', 'A=1', '-w', '/tmp', '-u', '5', '-l', 'a=b', '-v', '/data', '--expose', '80'];
  await crundleOk(['create', '--network', 'none', '--name', 'made', ...options, image, 'sh', '-c', 'true']);
  const changes = ['ENV B="$A 2"', 'CMD ["x"]', 'EXPOSE 90/udp', 'LABEL c=d', 'WORKDIR sub'];
  await crundleOk([
    'container',
    'commit',
    ...changes.flatMap((change) => ['--change', change]),
    'made',
    'app:2',
  ]);
  const config = JSON.parse(await inspect('app:2', '{{json .Config}}'));
  assert.equal(
    config.Env.filter((entry: string) => !entry.startsWith('PATH=')),
    ['A=1', 'B=1 2'],
  );
  assert.equal(config.Cmd, ['x']);
  assert.is(config.WorkingDir, '/tmp/sub');
  assert.is(config.User, '5');
  assert.equal(config.Labels, {a: 'b', c: 'd'});
  assert.equal(Object.keys(config.Volumes), ['/data']);
  assert.equal(Object.keys(config.ExposedPorts).sort(), ['80/tcp', '90/udp']);
  assert.is((await layersOf('app:2')).length, 1, 'nothing has changed: no layer');
  assert.match(await crundleOk(['history', '--format', '{{.Size}}', 'app:2']), /^0B\n1\.85MB$/);
});

test('the same change gives the same layer', async () => {
  const change = 'mkdir /a; echo 1 >/a/b; rm /etc/passwd; touch -d @1000000000 /a/b /a /etc';
  for (const name of ['one', 'two']) {
    await run(name, image, 'sh', '-c', change);
    await crundleOk(['commit', name, `same:${name}`]);
  }
  assert.equal(await layersOf('same:one'), await layersOf('same:two'));
});

test('a container runs on after it, unpaused, and one that was paused stays so', async () => {
  await run('busy', '-d', image, 'sh', '-c', 'n=0; while :; do echo $((n += 1)) >/count; sleep 0.01; done');
  await crundleOk(['commit', 'busy', 'app:busy']);
  assert.is(await crundleOk(['inspect', '-f', '{{.State.Status}}', 'busy']), 'running');
  const count = () => crundleOk(['exec', 'busy', 'cat', '/count']);
  const before = await count();
  await crundleOk(['exec', 'busy', 'sh', '-c', `while [ "$(cat /count)" = ${before} ]; do :; done`]);
  await crundleOk(['commit', '--pause=false', 'busy', 'app:busy']);
  await crundleOk(['pause', 'busy']);
  await crundleOk(['commit', 'busy', 'app:busy']);
  assert.is(await crundleOk(['inspect', '-f', '{{.State.Status}}', 'busy']), 'paused');
  const events = await crundleOk([
    'events',
    '--since',
    '1h',
    '--until',
    '0s',
    '-f',
    'container=busy',
    '--format',
    '{{.Action}}',
  ]);
  assert.equal(
    events.split('\n').filter((action) => ['pause', 'unpause', 'commit'].includes(action)),
    ['pause', 'unpause', 'commit', 'commit', 'pause', 'commit'],
  );
});

test('a killed commit leaves a container that runs, and images that are whole', async () => {
  await run('web', '-d', image, 'sh', '-c', 'head -c 15000000 /dev/urandom >/data; sleep 1000');
  await crundleOk([
    'exec',
    'web',
    'sh',
    '-c',
    'until [ "$(stat -c %s /data)" = 15000000 ]; do sleep 0.1; done',
  ]);
  await killAtRandomMoments({
    moments: 5,
    args: () => ['commit', 'web', 'app:killed'],
    async after() {
      // Whoever next looks at it lets it go on.
      assert.match(await crundleOk(['ps', '--format', '{{.Status}}']), /^Up [^(]*$/);
    },
  });
  await crundleOk(['exec', 'web', 'echo', 'goes on']);
  await crundleOk(['run', '--rm', '--network', 'none', 'app:killed', 'stat', '/data']);
  await crundleOk(['image', 'prune', '-f']);
});

test('what a layer cannot hold is told, and left out', async () => {
  await run('odd', image, 'sh', '-c', ': >/etc/.wh.odd; echo x >/etc/kept');
  const {stdout, stderr, status} = await crundle(['commit', 'odd', 'app:odd']);
  assert.is(status, 0);
  assert.match(stdout, /^sha256:/);
  assert.is(stderr, 'WARNING: /etc/.wh.odd is left out: its name means something else in a layer\n');
});

test('nothing is made when something is wrong', async () => {
  await run('web', image, 'sh', '-c', 'echo x >/x');
  const before = await crundleOk(['images', '-aq', '--no-trunc']);
  const refusals: [string[], string][] = [
    [['absent'], 'no such container: absent'],
    [['-c', 'RUN x', 'web'], 'run is not a valid change command'],
    [['web', 'Bad'], 'invalid reference format: repository name (library/Bad) must be lowercase'],
    [['web', `a@sha256:${'a'.repeat(64)}`], 'refusing to create a tag with a digest reference'],
  ];
  for (const [args, message] of refusals) {
    const {stderr, status} = await crundle(['commit', ...args]);
    assert.is(stderr.split('\n')[0], `Error: ${message}`);
    assert.is(status, 1);
  }
  assert.is(await crundleOk(['images', '-aq', '--no-trunc']), before);
});

test('an image that is gone cannot be built upon', async () => {
  await run('web', image, 'sh', '-c', 'echo x >/x');
  await crundleOk(['commit', 'web', 'gone']);
  await crundleOk(['create', '--name', 'made', 'gone']);
  await crundleOk(['rmi', '-f', 'gone']);
  const {stderr, status} = await crundle(['commit', 'made']);
  assert.match(
    stderr,
    /^Error: No such image: sha256:[0-9a-f]{64}, which made is made of\nHint: pull it again; or, as one layer: /,
  );
  assert.is(status, 1);
});

test('the blobs of a new image are an OCI layout that others read', async () => {
  await run('web', image, 'sh', '-c', 'echo x >/x');
  await crundleOk(['commit', 'web', 'app:oci']);
  const layout = join(testHost.dataRoot, 'images');
  const {manifests} = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
  const entry = manifests.find(
    ({annotations}: {annotations?: Record<string, string>}) =>
      annotations?.['org.opencontainers.image.ref.name'] === 'docker.io/library/app:oci',
  );
  assert.equal(entry.platform, {os: 'linux', architecture: 'arm64', variant: 'v8'});
  const manifest = JSON.parse(readFileSync(join(layout, 'blobs', entry.digest.replace(':', '/')), 'utf8'));
  assert.is(manifest.mediaType, 'application/vnd.oci.image.manifest.v1+json');
  assert.is(manifest.layers.at(-1).mediaType, 'application/vnd.oci.image.layer.v1.tar+gzip');
});

test.run();
