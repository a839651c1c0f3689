// Packages as tests need them: built by `./dev deb`'s own program, without the minutes that compressing takes.
import {execFileSync} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';

const root = join(import.meta.dirname, '../..');

/** What stripping Node and unpacking libraries gave stays between tests. */
export const packageCache = join(root, '.cache/deb');

export interface PackageBuild {
  architecture: 'arm64' | 'amd64';
  /** The folder for the .deb. */
  output: string;
  version?: string;
  /** Another copy of the sources. */
  sources?: string;
  umask?: string;
  env?: NodeJS.ProcessEnv;
}

/** The date of the files in test packages. */
export const packageSeconds = 1_790_000_000;

/** The path of the .deb. */
export function buildTestPackage(build: PackageBuild): string {
  const {architecture, output, version = '0.1.0', sources = root, umask = '022', env} = build;
  mkdirSync(output, {recursive: true});
  const line = `umask ${umask}; exec "$@"`;
  const program = [process.execPath, '--no-warnings', join(sources, 'packaging/deb/build.ts')];
  const options = ['--version', version, '--output', output, '--cache', packageCache, '--quick'];
  execFileSync('sh', ['-c', line, 'sh', ...program, architecture, ...options], {
    env: {...process.env, SOURCE_DATE_EPOCH: String(packageSeconds), ...env},
  });
  return join(output, `crundle_${version}_${architecture}.deb`);
}
