// Dockerfile.arm64 by Debian's buildah, under emulation, from the Debian that the package's tests install in; what it builds
// is the file that this machine builds for arm64, byte for byte. Ten minutes and the network, so that it is a group of
// its own: `./dev test dockerfile`.
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {homedir} from 'node:os';
import {join, resolve} from 'node:path';
import {buildTestPackage, packageSeconds} from './built-package.ts';
import {debianRootFolder, ensureDebianRoots} from './debian-roots.ts';

const root = resolve(import.meta.dirname, '../..');
mkdirSync(join(root, '.cache/buildah'), {recursive: true});
const scratch = mkdtempSync(join(root, '.cache/buildah/run-'));
const stores = ['--root', join(root, '.cache/buildah/store'), '--runroot', join(scratch, 'run')];
const base = 'localhost/debian-arm64';

await ensureDebianRoots();
try {
  makeBase();
  const built = sha256(builtByDockerfile());
  const here = sha256(buildTestPackage({architecture: 'arm64', output: join(scratch, 'here')}));
  const same = built === here;
  console.log(
    same ? `the same bytes: sha256 ${here}` : `Dockerfile.arm64 gives ${built}, this machine ${here}`,
  );
  console.log(same ? '1 passed, 0 failed, 0 skipped' : '0 passed, 1 failed, 0 skipped');
  process.exitCode = same ? 0 : 1;
} finally {
  rmSync(scratch, {recursive: true, force: true});
}

// With the authorities that this machine trusts, should its way to the registry need them.
function makeBase(): void {
  const container = buildah('from', 'scratch').trim();
  buildah('add', '--quiet', container, debianRootFolder('bookworm'), '/');
  const authorities = '/usr/local/share/ca-certificates';
  if (existsSync(authorities)) buildah('add', '--quiet', container, authorities, authorities);
  buildah('config', '--arch', 'arm64', '--os', 'linux', container);
  buildah('commit', '--quiet', '--rm', container, base);
}

/** The path of the package. */
function builtByDockerfile(): string {
  const registry = execFileSync('npm', ['config', 'get', 'registry'], {encoding: 'utf8'})
    .trim()
    .replace(/\/$/, '');
  const npmrc = join(homedir(), '.npmrc');
  const image = 'localhost/crundle-package';
  const values = [
    `BASE=${base}`,
    `SOURCE_DATE_EPOCH=${packageSeconds}`,
    `NPM_CONFIG_REGISTRY=${registry}`,
    'OPTIONS=--quick',
  ];
  buildah(
    'build',
    '--isolation=chroot',
    '--arch=arm64',
    '--pull-never',
    `--file=${join(root, 'Dockerfile.arm64')}`,
    ...values.flatMap((value) => ['--build-arg', value]),
    ...(existsSync(npmrc) ? ['--secret', `id=npmrc,src=${npmrc}`] : []),
    `--tag=${image}`,
    root,
  );
  const container = buildah('from', '--pull-never', image).trim();
  const mounted = buildah('mount', container).trim();
  const file = join(scratch, 'built.deb');
  execFileSync('cp', [join(mounted, 'crundle_0.1.0_arm64.deb'), file]);
  buildah('rm', container);
  return file;
}

function buildah(...args: string[]): string {
  return execFileSync('buildah', [...stores, '--storage-driver=overlay', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  });
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
