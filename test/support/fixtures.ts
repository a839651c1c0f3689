// The images that tests pull: OCI layouts made once by fixture-images.ts and pushed once into a registry's storage, all
// below .cache/fixtures/, keyed by the code that makes them. Tests only read them.
//   node test/support/fixtures.ts [NAME…]     makes them (all by default) and prints the storage's path
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {lockFile} from '../../src/system/file-lock.ts';
import {fixtureMakers} from './fixture-images.ts';
import {startRegistry} from './registry-server.ts';

export type FixtureName = keyof typeof fixtureMakers;
export const fixtureNames = Object.keys(fixtureMakers) as FixtureName[];

const cache = resolve(import.meta.dirname, '../../.cache/fixtures');
const makers = ['fixture-images.ts', 'oci-layout.ts', 'fixtures.ts'];
const key = createHash('sha256')
  .update(makers.map((file) => readFileSync(join(import.meta.dirname, file), 'utf8')).join('\0'))
  .digest('hex')
  .slice(0, 12);

/** The OCI image layout of a fixture: `skopeo inspect oci:LAYOUT:latest`. */
export function fixtureLayout(name: FixtureName): string {
  return join(cache, `${name}-${key}`);
}

/** Registry storage that holds the fixtures as NAME:latest: what startRegistry serves by default. Never write to it. */
export function fixtureStorage(names: FixtureName[] = fixtureNames): string {
  return join(cache, `registry-${names.join('-')}-${key}`);
}

/** Makes what is missing. Safe to run at the same time in several processes. Returns the registry storage's path. */
export async function ensureFixtures(names: FixtureName[] = fixtureNames): Promise<string> {
  const storage = fixtureStorage(names);
  if (existsSync(storage)) return storage;
  mkdirSync(cache, {recursive: true});
  using _lock = await lockFile(join(cache, 'lock'), 'exclusive', {timeoutMs: 900_000});
  if (existsSync(storage)) return storage;
  for (const entry of readdirSync(cache)) {
    if (entry !== 'lock' && !entry.endsWith(`-${key}`)) rmSync(join(cache, entry), {recursive: true});
  }
  for (const name of names) {
    await makeOnce(fixtureLayout(name), async (folder) => {
      console.error(`==> making the arm64 image ${name} out of Debian's packages`);
      await fixtureMakers[name](folder);
    });
  }
  await makeOnce(storage, (folder) => push(names, folder));
  return storage;
}

// The name appears only when what it holds is whole.
async function makeOnce(path: string, make: (folder: string) => Promise<void>): Promise<void> {
  if (existsSync(path)) return;
  const unfinished = `${path}.unfinished`;
  rmSync(unfinished, {recursive: true, force: true});
  mkdirSync(unfinished);
  await make(unfinished);
  renameSync(unfinished, path);
}

async function push(names: FixtureName[], storage: string): Promise<void> {
  const registry = await startRegistry({storage, writable: true});
  try {
    for (const name of names) {
      const to = `docker://${registry.address}/${name}:latest`;
      const options = ['--insecure-policy', '--quiet', '--all', '--dest-tls-verify=false'];
      execFileSync('skopeo', ['copy', ...options, `oci:${fixtureLayout(name)}:latest`, to]);
    }
  } finally {
    await registry.stop();
  }
}

if (import.meta.main) {
  const names = process.argv.slice(2).map((name) => {
    if (!(name in fixtureMakers)) throw new Error(`no fixture is named ${name}`);
    return name as FixtureName;
  });
  console.log(await ensureFixtures(names.length > 0 ? names : fixtureNames));
}
