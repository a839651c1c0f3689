// load and save, killed at any moment: an image is there whole or not at all, what was brought for nothing goes with the next
// collection, and the file of a save is the old one or the new one.
import {randomBytes} from 'node:crypto';
import {existsSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {makeImage} from '../../support/image.ts';
import {dockerArchive, ociArchive, tarOf} from '../../support/image-archive.ts';
import {killAtRandomMoments} from '../../support/killed-command.ts';
import {makeLayer} from '../../support/layer.ts';
import {assertHostClean, crundle, crundleOk, testHost} from '../../support/test-host.ts';

const test = suite('load-killed');
const moments = 8;
const layers = Array.from({length: 4}, (_, number) =>
  makeLayer([{name: `file-${number}`, content: randomBytes(600_000)}], {compression: 'none'}),
);
const image = makeImage({layers});
const path = join(testHost.tmp, 'app.tar');

function filesOf(folder: string): string[] {
  const below = join(testHost.dataRoot, folder);
  return existsSync(below) ? readdirSync(below).filter((name) => name !== 'tmp') : [];
}

const archives = {
  'a plain file': tarOf(ociArchive([{image, names: ['app:1']}])),
  'a compressed one': gzipSync(tarOf(dockerArchive([{image, names: ['app:1']}])), {level: 1}),
};

for (const [title, archive] of Object.entries(archives)) {
  test(`a killed load of ${title} costs nothing`, async () => {
    writeFileSync(path, archive);
    await killAtRandomMoments({
      moments,
      args: () => ['load', '-q', '-i', path],
      async after() {
        const isThere = (await crundle(['save', '-o', `${path}.out`, 'app:1'])).status === 0;
        if (isThere) await crundleOk(['rmi', 'app:1']);
        else await crundleOk(['image', 'prune', '-f']);
        for (const folder of ['images/blobs/sha256', 'layers', 'layers/tmp'])
          assert.equal(filesOf(folder), [], folder);
        // A part of a blob under its digest may be gone on with, by a pull: only a spool has no use.
        const partial = filesOf('images/partial').filter((name) => !name.startsWith('sha256-'));
        assert.equal(partial, []);
      },
    });
  });
}

test('a killed save leaves the old file or the new one', async () => {
  writeFileSync(path, archives['a plain file']);
  await crundleOk(['load', '-q', '-i', path]);
  const target = join(testHost.tmp, 'saved.tar');
  let whole: Buffer | undefined;
  await killAtRandomMoments({
    moments,
    args() {
      if (whole) writeFileSync(target, 'old');
      return ['save', '-o', target, 'app:1'];
    },
    async after() {
      const found = readFileSync(target);
      whole ??= found;
      assert.ok(found.toString() === 'old' || found.equals(whole), `${found.length} bytes`);
      for (const name of readdirSync(testHost.tmp))
        if (name.endsWith('.tmp')) rmSync(join(testHost.tmp, name));
    },
  });
  await crundleOk(['rmi', 'app:1']);
  await assertHostClean();
});

test.run();
