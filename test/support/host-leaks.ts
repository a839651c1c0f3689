// What a test host still holds: processes, mounts, network interfaces and namespaces, nft rules, cgroups. Asked of the
// kernel, never of crundle. As a program it is the last thing that runs on a host, and prints a line for each (see
// test/run.ts).
import {spawnSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

export interface HostRoots {
  dataRoot: string;
  runRoot: string;
  /** Scratch folder. */
  tmp: string;
  /** Parent of the containers' cgroups in every hierarchy, such as `/crundle-test/c1-2`. */
  cgroupParent: string;
}

/** Interfaces that a test itself holds at the moment, and that are no leak while it does (see network-hosts.ts). */
export const ownLinks = new Set<string>();

/** Waits for what is just ending (conmon runs its exit command after its container), then lists what is left. */
export async function findLeaks(roots: HostRoots, settleMs = 3000): Promise<string[]> {
  const deadline = Date.now() + settleMs;
  for (;;) {
    const leaks = [
      ...strangers(),
      ...mountsBelow([roots.dataRoot, roots.runRoot, roots.tmp]),
      ...networkInterfaces(),
      ...networkNamespaces(),
      ...nftTables(),
      ...cgroups(roots.cgroupParent),
    ];
    if (leaks.length === 0 || Date.now() > deadline) return leaks;
    await sleep(25);
  }
}

// On a host, PID 1 is a shell that waits for the test. Whatever is neither that nor this process nor started by it (and
// still its descendant) was orphaned by someone.
function strangers(): string[] {
  const parents = new Map<number, {parent: number; state: string; name: string}>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = readText(join('/proc', entry, 'stat'));
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === undefined || state === 'Z' || state === 'X' || state === '') continue;
    const name = readText(join('/proc', entry, 'cmdline'))
      .replaceAll('\0', ' ')
      .trim()
      .slice(0, 200);
    parents.set(Number(entry), {parent: Number(parent), state, name});
  }
  const isOurs = (pid: number): boolean => {
    if (pid === process.pid) return true;
    const parent = parents.get(pid)?.parent;
    return parent !== undefined && parent > 0 && isOurs(parent);
  };
  return [...parents]
    .filter(([pid]) => pid !== 1 && !isOurs(pid))
    .map(([pid, {name}]) => `process ${pid}: ${name}`);
}

function mountsBelow(folders: string[]): string[] {
  return readText('/proc/self/mountinfo')
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8))),
    )
    .filter((target) => folders.some((folder) => target === folder || target.startsWith(`${folder}/`)))
    .map((target) => `mount ${target}`);
}

function networkInterfaces(): string[] {
  return readText('/proc/net/dev')
    .split('\n')
    .slice(2)
    .map((line) => line.split(':')[0]?.trim() ?? '')
    .filter((name) => name !== '' && name !== 'lo' && !ownLinks.has(name))
    .map((name) => `network interface ${name}`);
}

// Pins that crundle made. The folder is of this host alone (make-host.ts).
function networkNamespaces(): string[] {
  const names = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
  return names.filter((name) => name.startsWith('crundle-')).map((name) => `network namespace ${name}`);
}

function nftTables(): string[] {
  const {stdout} = spawnSync('nft', ['list', 'tables'], {encoding: 'utf8'});
  return (stdout ?? '')
    .split('\n')
    .filter(Boolean)
    .map((table) => `nft ${table}`);
}

function cgroups(parent: string): string[] {
  const root = '/sys/fs/cgroup';
  const hierarchies = existsSync(join(root, 'cgroup.controllers'))
    ? [root]
    : readdirSync(root).map((name) => join(root, name));
  return hierarchies.flatMap((hierarchy) => {
    const folder = join(hierarchy, parent);
    if (!existsSync(folder)) return [];
    return readdirSync(folder, {withFileTypes: true})
      .filter((entry) => entry.isDirectory())
      .map((entry) => `cgroup ${join(folder, entry.name)}`);
  });
}

// A process or a file may go between the listing and the reading.
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

if (import.meta.main) {
  const [dataRoot = '', runRoot = '', tmp = '', cgroupParent = ''] = process.argv.slice(2);
  for (const leak of await findLeaks({dataRoot, runRoot, tmp, cgroupParent})) console.log(leak);
}
