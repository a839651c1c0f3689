// Machines that were saved as they ran, below .cache/machine/: a test goes on from one in a second or two, where a boot
// takes most of a minute. Keyed by the disk, the emulator and the package.
import {createHash} from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {lockFile} from '../../../src/system/file-lock.ts';
import {ensureMachineFiles, type MachineFiles} from './disk.ts';
import {installPackage} from './install.ts';
import {type Image, Machine, savedImage} from './machine.ts';
import {packagePath} from './package.ts';
import {qemuKind} from './qemu.ts';

/** A machine that has booted and holds no crundle. */
export async function bootedMachine(): Promise<Machine> {
  const files = await ensureMachineFiles();
  return await Machine.start(files, await ensureBooted(files));
}

/** A machine that has booted and on which apt installed the package. */
export async function installedMachine(): Promise<Machine> {
  const files = await ensureMachineFiles();
  const deb = packagePath();
  const image = await ensureSaved(files, `installed-${keyOf(qemuKind(), readFileSync(deb))}`, async () => {
    const machine = await Machine.start(files, await ensureBooted(files));
    return {machine, prepared: installPackage(machine, deb)};
  });
  return await Machine.start(files, image);
}

async function ensureBooted(files: MachineFiles): Promise<Image> {
  return await ensureSaved(files, `booted-${keyOf(qemuKind())}`, async () => {
    const machine = await Machine.start(files, {disk: files.disk, format: 'raw'});
    return {machine, prepared: machine.ok('systemctl is-system-running --wait')};
  });
}

/** The image of that name (`KIND-KEY`), made if it is missing. The oldest of its kind go. */
async function ensureSaved(
  files: MachineFiles,
  name: string,
  make: () => Promise<{machine: Machine; prepared: Promise<unknown>}>,
): Promise<Image> {
  const folder = join(files.folder, name);
  const image = savedImage(folder);
  if (existsSync(join(folder, 'whole'))) return image;
  const kind = name.slice(0, name.indexOf('-'));
  mkdirSync(files.folder, {recursive: true});
  using _lock = await lockFile(join(files.folder, `${kind}.lock`), 'exclusive', {timeoutMs: 1_800_000});
  if (existsSync(join(folder, 'whole'))) return image;
  console.error(`==> preparing an arm64 machine: ${kind}`);
  removeOldest(files.folder, kind);
  const {machine, prepared} = await make();
  try {
    await prepared;
    await machine.save(folder);
  } finally {
    await machine.remove();
  }
  writeFileSync(join(folder, 'unfinished'), '');
  renameSync(join(folder, 'unfinished'), join(folder, 'whole'));
  return image;
}

// The last three stay: a machine may run from one, and sources go back and forth.
function removeOldest(folder: string, kind: string): void {
  const made = readdirSync(folder)
    .filter((entry) => entry.startsWith(`${kind}-`))
    .map((entry) => ({path: join(folder, entry), ms: statSync(join(folder, entry)).mtimeMs}))
    .sort((a, b) => b.ms - a.ms);
  for (const {path} of made.slice(3)) rmSync(path, {recursive: true});
}

function keyOf(...parts: (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 12);
}
