// Podman with a storage of this test host's own: what another engine makes of an archive, and what it writes.
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {testHost} from './test-host.ts';

const podmanPath = '/usr/bin/podman';

/** Why there is no podman to compare with, if so. */
export const podmanMissing = existsSync(podmanPath) ? undefined : `podman is not installed: no ${podmanPath}`;

/** Runs podman, which must succeed: its standard output. */
export function podman(...args: string[]): string {
  const roots = ['--root', join(testHost.tmp, 'podman'), '--runroot', join(testHost.runRoot, 'podman')];
  const own = [...roots, '--tmpdir', join(testHost.runRoot, 'libpod'), '--storage-driver', 'vfs'];
  // Otherwise it locks the machine's own networks.
  const networks = ['--network-config-dir', join(testHost.runRoot, 'podman-networks')];
  const {status, stdout, stderr} = spawnSync(podmanPath, [...own, ...networks, ...args], {encoding: 'utf8'});
  assert.is(status, 0, `podman ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}
