// Layers that are made here, on a disk that is full before they are.
import {randomBytes} from 'node:crypto';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import {equal, is, match} from 'uvu/assert';
import {ImageLayout} from '../../../src/images/layout/image-layout.ts';
import {emptyDiffId, writeLayerBlob} from '../../../src/images/layout/layer-blob.ts';
import {mount, umount} from '../../../src/system/libc.ts';
import {engineErrorOf} from '../../support/engine-error.ts';
import {makeLayer} from '../../support/layer.ts';
// Refuses to run outside a test host, whose mounts are its own.
import '../../support/test-host.ts';

const test = suite<{layout: ImageLayout}>('layer-blob');

test.before.each((context) => {
  const root = mkdtempSync(join(tmpdir(), 'layer-blob-'));
  mount('none', root, 'tmpfs', 0n, 'size=2m');
  context.layout = new ImageLayout(root);
});

test.after.each(({layout: {root}}) => {
  umount(root);
  rmSync(root, {recursive: true});
});

test('has the digest of the archive, and goes when nobody takes it', async ({layout}) => {
  const {tar, diffId} = makeLayer([{name: 'a', content: 'x'}]);
  {
    await using blob = await writeLayerBlob(layout, [tar]);
    is(blob.diffId, diffId);
    await layout.adopt(blob.digest, blob.path);
    is(layout.hasBlob(blob.digest, blob.sizeBytes), true);
  }
  {
    await using blob = await writeLayerBlob(layout, [makeLayer([]).tar]);
    is(blob.diffId, emptyDiffId);
  }
  equal(readdirSync(join(layout.root, 'partial')), []);
});

test('a full disk is named, and nothing stays on it', async ({layout}) => {
  const pieces = Array.from({length: 40}, () => randomBytes(100_000));
  const error = await engineErrorOf(() => writeLayerBlob(layout, pieces));
  is(error.code, 'disk-full');
  match(error.message, /^the new layer does not fit in \S+: its disk is full$/);
  equal(readdirSync(join(layout.root, 'partial')), []);
});

test.run();
