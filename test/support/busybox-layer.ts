// The arm64 busybox image as one file, for tests that need a root file system but none of our own image code.
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fixtureLayout} from './fixtures.ts';
import {testHost} from './test-host.ts';

/** Path of the layer, a tar file that may be compressed. */
export function busyboxLayer(): string {
  const folder = join(testHost.tmp, 'busybox-layer');
  if (!existsSync(folder)) {
    execFileSync('skopeo', [
      ...['--override-arch', 'arm64', '--override-variant', 'v8', '--insecure-policy'],
      ...['copy', '--quiet', `oci:${fixtureLayout('busybox')}:latest`, `dir:${folder}`],
    ]);
  }
  const {layers} = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  return join(folder, layers[0].digest.slice('sha256:'.length));
}
