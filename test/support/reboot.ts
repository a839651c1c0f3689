// A reboot of a test host, as crundle sees it: processes, mounts, links, rules and the run root are gone, the data root
// stays.
import {execFileSync, spawnSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {type TestHost, testHost} from './test-host.ts';

export function conmonOf(id: string, host: TestHost = testHost): number {
  return Number(readFileSync(join(host.runRoot, 'containers', id, 'conmon.pid'), 'utf8'));
}

export function pidOf(id: string, host: TestHost = testHost): number {
  return Number(readFileSync(join(host.runRoot, 'containers', id, 'pid'), 'utf8'));
}

/** `ids`: all running containers of the host. */
export async function reboot(host: TestHost, ids: string[]): Promise<void> {
  for (const id of ids) {
    process.kill(conmonOf(id, host), 'SIGKILL');
    process.kill(pidOf(id, host), 'SIGKILL');
  }
  await sleep(100);
  for (const id of ids) execFileSync('umount', [join(host.dataRoot, 'containers', id, 'rootfs')]);
  removeCgroups(ids);
  rmSync(host.runRoot, {recursive: true, force: true});
}

/** The network side of it: crundle's and containers' links, namespaces and rules, and the name service. */
export function rebootNetworks(host: TestHost = testHost): void {
  const pidFile = join(host.runRoot, 'aardvark/networks/aardvark.pid');
  if (existsSync(pidFile)) process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
  for (const name of readdirSync('/run/netns').filter((entry) => entry.startsWith('crundle-')))
    execFileSync('ip', ['netns', 'delete', name]);
  const links = JSON.parse(execFileSync('ip', ['-j', 'link'], {encoding: 'utf8'}));
  for (const {ifname, ifalias} of links) {
    // A link may go with another, or with its namespace.
    if (ifname.startsWith('crundle') || ifalias?.startsWith('crundle'))
      spawnSync('ip', ['link', 'delete', ifname]);
  }
  execFileSync('nft', ['flush', 'ruleset']);
}

function removeCgroups(ids: string[]): void {
  for (const hierarchy of ['', ...readdirSync('/sys/fs/cgroup')]) {
    const parent = join('/sys/fs/cgroup', hierarchy, testHost.cgroupParent);
    if (!existsSync(parent)) continue;
    for (const name of readdirSync(parent))
      if (ids.some((id) => name.includes(id)))
        execFileSync('find', [join(parent, name), '-depth', '-type', 'd', '-delete']);
  }
}
