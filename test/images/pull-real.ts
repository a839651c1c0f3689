// Pulls of real arm64 images from Debian's docker-registry: with a login, over TLS, of many shapes.
import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import {equal, is, ok} from 'uvu/assert';
import {readCredentials} from '../../src/images/registry/credentials.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {ensureFixtures, fixtureNames} from '../support/fixtures.ts';
import {PullHost} from '../support/pull-host.ts';
import {startRegistry} from '../support/registry-server.ts';

const test = suite<{host: PullHost}>('pull-real');

test.before(async () => {
  await ensureFixtures();
});
test.before.each((context) => {
  context.host = new PullHost();
});
test.after.each((context) => context.host[Symbol.dispose]());

test('every fixture is pulled, and skopeo copies it out of the store unchanged', async ({host}) => {
  const registry = await startRegistry();
  try {
    for (const name of fixtureNames) {
      const reference = `${registry.address}/${name}:latest`;
      const {image} = await host.pull(reference);
      equal([image.platform.os, image.platform.architecture], ['linux', 'arm64']);
      const folder = join(host.root, name);
      execFileSync('skopeo', [
        '--insecure-policy',
        'copy',
        '--quiet',
        `oci:${host.store.layout.root}:${reference}`,
        `dir:${folder}`,
      ]);
      const inspected = execFileSync('skopeo', ['inspect', '--format', '{{.Digest}}', `dir:${folder}`], {
        encoding: 'utf8',
      });
      is(inspected.trim(), image.manifestDigest);
    }
  } finally {
    await registry.stop();
  }
});

test('a login in config.json opens a registry that asks for one', async ({host}) => {
  const registry = await startRegistry({auth: {user: 'ann', password: 'secret'}});
  try {
    const name = `${registry.address}/busybox`;
    const denied = await engineErrorOf(() => host.pull(name));
    is(denied.code, 'registry-denied');
    const folder = join(host.root, 'docker');
    mkdirSync(folder);
    const auth = Buffer.from('ann:secret').toString('base64');
    writeFileSync(join(folder, 'config.json'), JSON.stringify({auths: {[registry.address]: {auth}}}));
    const {image} = await host.pull(name, {credentials: readCredentials(folder)});
    ok(image.chainIds.length > 0);
  } finally {
    await registry.stop();
  }
});

test('TLS on loopback is found by itself', async ({host}) => {
  const registry = await startRegistry({tls: true});
  try {
    is(
      (await host.pull(`${registry.address}/busybox`)).image.references[0],
      `${registry.address}/busybox:latest`,
    );
  } finally {
    await registry.stop();
  }
});

test('a platform that the index does not have is refused with those that it has', async ({host}) => {
  const registry = await startRegistry();
  try {
    const name = `${registry.address}/busybox:latest`;
    const error = await engineErrorOf(() => host.pull(name, {platform: 'linux/s390x'}));
    is(error.code, 'platform-mismatch');
    is(error.message, `no linux/s390x image in ${name}: it has linux/arm64, linux/amd64`);
    is((await engineErrorOf(() => host.pull(`${registry.address}/none`))).code, 'manifest-not-found');
  } finally {
    await registry.stop();
  }
});

test.run();
