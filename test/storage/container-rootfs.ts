import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import {equal, is, throws} from 'uvu/assert';
import {isEngineError} from '../../src/errors.ts';
import {
  isMounted,
  mountRootfs,
  prepareRootfs,
  removeRootfs,
  unmountRootfs,
} from '../../src/storage/container-rootfs.ts';
import {layerFolderName} from '../../src/storage/layer-folder.ts';
import {mknod, mount, setXattr, umount} from '../../src/system/libc.ts';

// Mounts for real: runs in a mount namespace of its own (test/run.ts gives one).
const test = suite<{root: string; layersRoot: string; containerFolder: string}>('container-rootfs');

test.before.each((context) => {
  context.root = mkdtempSync(join(tmpdir(), 'rootfs-'));
  context.layersRoot = join(context.root, 'layers');
  context.containerFolder = join(context.root, 'containers', 'a'.repeat(64));
  mkdirSync(context.layersRoot);
  mkdirSync(context.containerFolder, {recursive: true});
  prepareRootfs(context.containerFolder);
});

test.after.each((context) => {
  unmountRootfs(context.containerFolder);
  rmSync(context.root, {recursive: true});
});

const chainId = (index: number) => `sha256:${index.toString(16).padStart(2, '0').repeat(32)}`;

/** A finished layer folder holding these files. */
function layer(layersRoot: string, index: number, files: Record<string, string>): string {
  const folder = join(layersRoot, layerFolderName(chainId(index)), 'd');
  mkdirSync(folder, {recursive: true});
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

test('upper layers hide lower ones, and writes go to the upper folder', ({layersRoot, containerFolder}) => {
  layer(layersRoot, 1, {both: 'lower', low: 'lower'});
  layer(layersRoot, 2, {both: 'upper'});
  const rootfs = mountRootfs({containerFolder, layersRoot, chainIds: [chainId(1), chainId(2)]});
  equal(rootfs, join(containerFolder, 'rootfs'));
  equal(readFileSync(join(rootfs, 'both'), 'utf8'), 'upper');
  equal(readFileSync(join(rootfs, 'low'), 'utf8'), 'lower');
  writeFileSync(join(rootfs, 'new'), 'x');
  equal(readdirSync(join(containerFolder, 'upper')), ['new']);
  is(statSync(rootfs).mode & 0o7777, 0o755);
});

test('whiteouts and opaque folders of a layer hide what is below', ({layersRoot, containerFolder}) => {
  const low = layer(layersRoot, 1, {gone: 'x', stays: 'x'});
  mkdirSync(join(low, 'folder'));
  writeFileSync(join(low, 'folder/old'), 'x');
  const high = layer(layersRoot, 2, {});
  mknod(join(high, 'gone'), 0o020000, 0, 0);
  mkdirSync(join(high, 'folder'));
  setXattr(join(high, 'folder'), 'trusted.overlay.opaque', Buffer.from('y'));
  const rootfs = mountRootfs({containerFolder, layersRoot, chainIds: [chainId(1), chainId(2)]});
  equal(readdirSync(rootfs).sort(), ['folder', 'stays']);
  equal(readdirSync(join(rootfs, 'folder')), []);
});

test('an image without layers has an empty root that can be written', ({layersRoot, containerFolder}) => {
  const rootfs = mountRootfs({containerFolder, layersRoot, chainIds: []});
  equal(readdirSync(rootfs), []);
  writeFileSync(join(rootfs, 'x'), 'y');
});

test('128 layers mount', ({layersRoot, containerFolder}) => {
  const chainIds = Array.from({length: 128}, (_, index) => chainId(index));
  for (const index of chainIds.keys()) layer(layersRoot, index, {[`file${index}`]: '', top: `${index}`});
  const rootfs = mountRootfs({containerFolder, layersRoot, chainIds});
  is(readdirSync(rootfs).length, 129);
  equal(readFileSync(join(rootfs, 'top'), 'utf8'), '127');
});

test('more layers than the mount options hold is a clear error', ({layersRoot, containerFolder}) => {
  const chainIds = Array.from({length: 250}, (_, index) => chainId(index));
  for (const index of chainIds.keys()) layer(layersRoot, index, {});
  throws(
    () => mountRootfs({containerFolder, layersRoot, chainIds}),
    (error: unknown) =>
      isEngineError(error, 'not-supported') && error.message.endsWith('its image has too many layers (250)'),
  );
});

test('a missing layer is named as damage of the image, and nothing is mounted', (context) => {
  const {layersRoot, containerFolder} = context;
  throws(
    () => mountRootfs({containerFolder, layersRoot, chainIds: [chainId(9)]}),
    (error: unknown) =>
      isEngineError(error, 'image-damaged') &&
      error.message.endsWith('the folder of a layer of its image is missing'),
  );
  is(isMounted(containerFolder), false);
});

test('mount and unmount are idempotent, and the folder the process is in stays the same', (context) => {
  const {layersRoot, containerFolder} = context;
  const cwd = process.cwd();
  layer(layersRoot, 1, {});
  for (const _ of [1, 2]) mountRootfs({containerFolder, layersRoot, chainIds: [chainId(1)]});
  is(isMounted(containerFolder), true);
  for (const _ of [1, 2]) unmountRootfs(containerFolder);
  is(isMounted(containerFolder), false);
  is(process.cwd(), cwd);
});

test('a root that is in use is unmounted all the same', ({layersRoot, containerFolder}) => {
  layer(layersRoot, 1, {});
  const rootfs = mountRootfs({containerFolder, layersRoot, chainIds: [chainId(1)]});
  const cwd = process.cwd();
  process.chdir(rootfs);
  try {
    unmountRootfs(containerFolder);
  } finally {
    process.chdir(cwd);
  }
  is(isMounted(containerFolder), false);
});

test('a data root whose path holds a comma, a colon and a backslash works', ({root, layersRoot}) => {
  const containerFolder = join(root, 'a,b:c\\d', 'id');
  mkdirSync(containerFolder, {recursive: true});
  layer(layersRoot, 1, {low: 'x'});
  prepareRootfs(containerFolder);
  for (const chainIds of [[], [chainId(1)]]) {
    const rootfs = mountRootfs({containerFolder, layersRoot, chainIds});
    writeFileSync(join(rootfs, `new${chainIds.length}`), '');
    unmountRootfs(containerFolder);
  }
  equal(readdirSync(join(containerFolder, 'upper')).sort(), ['new0', 'new1']);
});

test('a data root on an overlay is refused with the reason', ({layersRoot, containerFolder}) => {
  layer(layersRoot, 1, {});
  const outer = mountRootfs({containerFolder, layersRoot, chainIds: [chainId(1)]});
  const inner = join(outer, 'id');
  mkdirSync(inner);
  prepareRootfs(inner);
  throws(
    () => mountRootfs({containerFolder: inner, layersRoot, chainIds: [chainId(1)]}),
    (error: unknown) =>
      isEngineError(error, 'host-unsupported') &&
      error.message ===
        `cannot mount the root filesystem ${inner}/rootfs: the data root is on another overlay (as inside a ` +
          'container), which cannot hold the upper folder of an overlay' &&
      error.hint === 'put "data-root" on ext4, xfs (ftype=1), btrfs, f2fs or tmpfs',
  );
});

test('remove takes all that the container wrote, and once more is fine', ({layersRoot, containerFolder}) => {
  layer(layersRoot, 1, {low: 'x'});
  const rootfs = mountRootfs({containerFolder, layersRoot, chainIds: [chainId(1)]});
  mkdirSync(join(rootfs, 'a/b/c'), {recursive: true});
  writeFileSync(Buffer.concat([Buffer.from(`${rootfs}/a/`), Buffer.from([0xff, 0xe4])]), 'not UTF-8');
  mknod(join(rootfs, 'a/pipe'), 0o010600, 0, 0);
  rmSync(join(rootfs, 'low'));
  is(lstatSync(join(containerFolder, 'upper/low')).isCharacterDevice(), true);
  for (const _ of [1, 2]) removeRootfs(containerFolder);
  equal(readdirSync(containerFolder), []);
});

test('a file that cannot be removed is named, and a later call finishes', ({root}) => {
  // A read-only bind mount stands for an immutable file, which not every test file system knows.
  const containerFolder = join(root, 'containers', 'stuck');
  mkdirSync(containerFolder, {recursive: true});
  prepareRootfs(containerFolder);
  const upper = join(containerFolder, 'upper');
  writeFileSync(join(upper, 'file'), '');
  mount(upper, upper, '', 4096n);
  mount(upper, upper, '', 4096n | 32n | 1n);
  try {
    throws(
      () => removeRootfs(containerFolder),
      (error: unknown) =>
        isEngineError(error, 'permission-denied') &&
        error.message.startsWith(`cannot remove the container's files in ${upper}: `) &&
        error.message.includes('Read-only file system'),
    );
    is(existsSync(join(upper, 'file')), true);
  } finally {
    umount(upper);
  }
  removeRootfs(containerFolder);
  equal(readdirSync(containerFolder), []);
});

test.run();
