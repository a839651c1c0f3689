// The package that the machines install, built from this tree before their tests.
import {execFileSync} from 'node:child_process';
import {globSync} from 'node:fs';
import {join, resolve} from 'node:path';

const root = resolve(import.meta.dirname, '../../..');
const folder = join(root, '.cache/machine-package');

/** Builds it. The same sources give the same bytes, so that what is kept for a package is found again. */
export function buildPackage(): void {
  console.error('==> building the arm64 package for the machines');
  execFileSync(
    process.execPath,
    [
      ...['--disable-warning=ExperimentalWarning', join(root, 'packaging/deb/build.ts')],
      ...['arm64', '--quick', '--output', folder],
    ],
    {cwd: root, stdio: ['ignore', 'ignore', 'inherit']},
  );
}

/** The package that `buildPackage` built. */
export function packagePath(): string {
  const [path] = globSync('crundle_*_arm64.deb', {cwd: folder});
  if (path === undefined) throw new Error(`no package is in ${folder}: './dev test machine' builds one`);
  return join(folder, path);
}
