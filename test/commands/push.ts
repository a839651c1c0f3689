// Pushes into Debian's docker-registry: what arrives is what was sent, by skopeo's word.
import {execFileSync} from 'node:child_process';
import net, {type AddressInfo, type Socket} from 'node:net';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type Registry, startRegistry} from '../support/registry-server.ts';
import {crundle, crundleOk} from '../support/test-host.ts';

const test = suite('push into a real registry');
let registry: Registry;
let image: string;

test.before(async () => {
  registry = await startRegistry({writable: true});
  image = `${registry.address}/busybox`;
  await crundleOk(['pull', '-q', image]);
});
test.after(() => registry.stop());

function skopeo(name: string): {bytes: Buffer; digest: string} {
  const options = ['--tls-verify=false', '--override-arch', 'arm64', '--override-variant', 'v8'];
  const bytes = execFileSync('skopeo', ['inspect', '--raw', ...options, `docker://${name}`]);
  const format = ['--format', '{{.Digest}}'];
  const digest = execFileSync('skopeo', ['inspect', ...format, ...options, `docker://${name}`], {
    encoding: 'utf8',
  });
  return {bytes, digest: digest.trim()};
}

/** What is asked of the registry, by its own log. */
const requests = (pattern: RegExp) => registry.log().match(pattern)?.length ?? 0;

test('mounts layers from where the image came, and prints what docker prints in a pipe', async () => {
  const name = `${registry.address}/team/mounted:1`;
  await crundleOk(['tag', image, name]);
  const lines = (await crundleOk(['push', name])).split('\n');
  assert.is(lines[0], `The push refers to repository [${registry.address}/team/mounted]`);
  assert.match(lines[1] ?? '', /^[0-9a-f]{12}: Preparing$/);
  assert.match(lines[2] ?? '', /^[0-9a-f]{12}: Mounted from busybox$/);
  const {bytes, digest} = skopeo(name);
  assert.is(lines.at(-1), `1: digest: ${digest} size: ${bytes.length}`);
  assert.is(requests(/"POST \/v2\/team\/mounted\/blobs\/uploads\/\?mount=\S+from=busybox/g), 1);
  const again = await crundleOk(['push', name]);
  assert.match(again, /^[0-9a-f]{12}: Layer already exists$/m);
  assert.is(await crundleOk(['push', '-q', name]), name);
  assert.match(
    await crundleOk(['image', 'inspect', '-f', '{{json .RepoDigests}}', name]),
    new RegExp(`"${registry.address}/team/mounted@${digest}"`),
  );
});

test('sends all to another registry, where the digest is the same', async () => {
  const other = await startRegistry({writable: true, auth: {user: 'bob', password: 's3cret'}});
  try {
    const name = `${other.address}/copy:2`;
    await crundleOk(['tag', image, name]);
    const refused = await crundle(['push', name]);
    assert.is(refused.status, 1);
    assert.is(
      refused.stderr,
      `Error: push access denied for ${other.address}/copy: unauthorized: authentication required\n` +
        `Hint: log in as somebody who may push there: 'crundle login ${other.address}'\n`,
    );
    await crundleOk(['login', '-u', 'bob', '-p', 's3cret', other.address]);
    assert.match(await crundleOk(['push', name]), /^[0-9a-f]{12}: Pushed$/m);
    await crundleOk(['rmi', name]);
    await crundleOk(['rmi', '-f', image]);
    await crundleOk(['pull', '-q', name]);
    await crundleOk(['run', '--rm', '--network', 'none', name, 'true']);
    await crundleOk(['rmi', name]);
  } finally {
    await other.stop();
  }
  await crundleOk(['pull', '-q', image]);
});

test('-a sends every tag of a repository, and no other', async () => {
  const name = `${registry.address}/many`;
  for (const tag of ['b', 'a']) await crundleOk(['tag', image, `${name}:${tag}`]);
  const lines = (await crundleOk(['push', '-a', name])).split('\n');
  assert.equal(
    lines.filter((line) => line.includes('digest:')).map((line) => line.split(':')[0]),
    ['a', 'b'],
  );
  assert.is(await crundleOk(['image', 'push', '-aq', name]), name);
  assert.is(skopeo(`${name}:a`).digest, skopeo(`${name}:b`).digest);
});

// A way to the registry that breaks each upload off the first times, and then lets it pass.
async function startCuttingProxy(cuts: number): Promise<{address: string; cut(): number; close(): void}> {
  let done = 0;
  const sockets = new Set<Socket>();
  const proxy = net.createServer((client) => {
    const [host, port] = registry.address.split(':');
    const server = net.connect(Number(port), host);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        server.destroy();
      });
    }
    let patched = -1;
    client.on('data', (chunk: Buffer) => {
      if (chunk.includes('PATCH /v2/')) patched = 0;
      if (patched >= 0) patched += chunk.length;
      server.write(chunk);
      if (patched > 200_000 && done < cuts) {
        done++;
        client.destroy();
      }
    });
    server.pipe(client);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return {
    address,
    cut: () => done,
    close: () => {
      proxy.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

test('an upload that breaks off is gone on with, or begun again where the registry drops it', async () => {
  const proxy = await startCuttingProxy(2);
  try {
    const name = `${proxy.address}/cut:1`;
    await crundleOk(['tag', image, name]);
    assert.match(await crundleOk(['push', name]), /^[0-9a-f]{12}: Pushed$/m);
    assert.is(proxy.cut(), 2);
    assert.is(skopeo(`${registry.address}/cut:1`).digest, skopeo(`${registry.address}/many:a`).digest);
    await crundleOk(['rmi', name]);
  } finally {
    proxy.close();
  }
});

test('says why not', async () => {
  const readOnly = await startRegistry();
  try {
    const name = `${readOnly.address}/x:1`;
    await crundleOk(['tag', image, name]);
    const {stderr, status} = await crundle(['push', name]);
    assert.is(status, 1);
    assert.is(
      stderr,
      `Error: registry ${readOnly.address} takes no pushes\n` +
        'Hint: it is read-only, or a mirror of another one\n',
    );
    const events = await crundleOk([
      ...['events', '--since', '1h', '--until', '0s', '--filter', 'type=image'],
      ...['--format', '{{.Action}} {{.Actor.Attributes.name}} {{index .Actor.Attributes "task"}}'],
    ]);
    assert.match(events, new RegExp(`^refuse ${name} push$`, 'm'));
    assert.match(events, new RegExp(`^push ${registry.address}/many $`, 'm'));
  } finally {
    await readOnly.stop();
  }
});

const refusals: [args: string[], status: number, stderr: RegExp][] = [
  [['push', 'absent'], 1, /^Error: An image does not exist locally with the tag: absent\n/],
  [['push', 'IMAGE:absent'], 1, /^Error: tag does not exist: \S+\/busybox:absent\nHint: here are: latest\n$/],
  [['push', '-a', 'IMAGE:latest'], 1, /^Error: tag can't be used with --all-tags\/-a\n/],
  [['push', `IMAGE@sha256:${'a'.repeat(64)}`], 1, /^Error: cannot push a digest reference\n/],
  [
    ['push', 'IMAGE/X'],
    1,
    /^Error: invalid reference format: repository name \(busybox\/X\) must be lowercase\n/,
  ],
  [
    ['push', '--platform', 'linux/amd64', 'IMAGE'],
    1,
    /^Error: image with reference \S+ was found but does not provide the specified platform \(linux\/amd64\)\n/,
  ],
  [
    ['push', '--disable-content-trust=false', 'IMAGE'],
    1,
    /^Error: cannot verify signatures: content trust is not supported \(--disable-content-trust=false\)\n/,
  ],
];

for (const [args, status, stderr] of refusals) {
  test(`refused: ${args.join(' ')}`, async () => {
    const result = await crundle(args.map((arg) => arg.replace('IMAGE', image)));
    assert.match(result.stderr, stderr);
    assert.is(result.status, status);
  });
}

test.run();
