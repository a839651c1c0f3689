// Another name for a container.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk} from '../support/test-host.ts';

const test = suite('rename');
const {image} = await serveBusybox(test);

test.after.each(async () => {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', ...ids]);
});
test.after(async () => {
  await crundleOk(['network', 'prune', '-f']);
  await assertHostClean();
});

test('the container answers to the new name, and the old one is free', async () => {
  const id = await crundleOk(['create', '--name', 'old', image]);
  assert.equal(await crundle(['rename', 'old', 'new']), {stdout: '', stderr: '', status: 0});
  assert.is(await crundleOk(['inspect', '-f', '{{.Name}} {{.Id}}', 'new']), `/new ${id}`);
  assert.is((await crundle(['inspect', 'old'])).status, 1);
  await crundleOk(['create', '--name', 'old', image]);
  await crundleOk(['container', 'rename', id.slice(0, 12), '/newer']);
  assert.is(await crundleOk(['ps', '-a', '--format', '{{.Names}}']), 'old\nnewer');
});

test('others on its networks find a running one by the new name, and no more by the old', async () => {
  await crundleOk(['network', 'create', 'shop']);
  const start = (name: string) =>
    crundleOk(['run', '-d', '--name', name, '--network', 'shop', image, 'sleep', '1000']);
  await start('web');
  await start('client');
  const ping = async (name: string) =>
    (await crundle(['exec', 'client', 'ping', '-c', '1', '-W', '5', '-q', name])).status;
  assert.is(await ping('web'), 0);
  await crundleOk(['rename', 'web', 'shopfront']);
  assert.is(await ping('shopfront'), 0);
  assert.is(await ping('web'), 1);
});

async function fails(args: string[], message: string): Promise<void> {
  const {stderr, status} = await crundle(args);
  assert.is(stderr.split('\n')[0], message);
  assert.is(status, 1);
}

test('names that cannot be given', async () => {
  await crundleOk(['create', '--name', 'one', image]);
  const two = await crundleOk(['create', '--name', 'two', image]);
  await fails(
    ['rename', 'one', 'two'],
    `Error: the container name "/two" is already in use by container ${two}`,
  );
  await fails(['rename', 'one', 'one'], 'Error: renaming a container with the same name as its current name');
  await fails(['rename', 'one', ''], 'Error: neither old nor new names may be empty');
  await fails(
    ['rename', 'one', 'a b'],
    'Error: invalid container name (a b): only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed, two characters at least',
  );
  await fails(['rename', 'absent', 'three'], 'Error: no such container: absent');
  assert.is(await crundleOk(['ps', '-a', '--format', '{{.Names}}']), 'two\none');
});

test.run();
