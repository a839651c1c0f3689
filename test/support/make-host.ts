// Makes and removes test hosts: a network namespace with `lo` up, folders, and a process tree of its own in them. The
// machine's own network, mounts and processes are not touched; the cgroup tree is shared, below /crundle-test/NAME.
import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {errnoOf} from '../../src/errors.ts';
import {identifyProcess} from '../../src/system/process-identity.ts';

export interface Host {
  name: string;
  /** Runs a program on the host, then lists what it left there on descriptor 3. The whole tree dies with the child. */
  spawn(command: string[], cwd: string): ChildProcess;
}

const namePattern = /^c([0-9a-z]+)-\d+$/;
const leaksProgram = join(import.meta.dirname, 'host-leaks.ts');
const crundlePath = join(import.meta.dirname, '../../bin/crundle');
let made = 0;

// Run roots stay as short as /run/crundle: a unix socket below it has at most 107 bytes, 64 of them the container's ID.
const runRootOf = (name: string) => `/run/${name}`;
// On disk and not in /tmp, which is memory on newer Debian.
const folderOf = (name: string) => `/var/tmp/crundle-test/${name}`;

export function addHost(): Host {
  made += 1;
  const name = `c${process.pid.toString(36)}-${made}`;
  const folder = folderOf(name);
  for (const part of ['data', 'tmp', 'home']) mkdirSync(join(folder, part), {recursive: true, mode: 0o700});
  writeFileSync(join(folder, 'config.json'), JSON.stringify({'cgroup-parent': cgroupParentOf(name)}));
  mkdirSync(runRootOf(name), {mode: 0o700});
  execFileSync('ip', ['netns', 'add', name]);
  execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  const env = {
    ...process.env,
    CRUNDLE_TEST_HOST: name,
    CRUNDLE_DATA_ROOT: join(folder, 'data'),
    CRUNDLE_RUN_ROOT: runRootOf(name),
    CRUNDLE_CONFIG: join(folder, 'config.json'),
    CRUNDLE_TEST_CGROUP_PARENT: cgroupParentOf(name),
    HOME: join(folder, 'home'),
    TMPDIR: join(folder, 'tmp'),
  };
  return {
    name,
    spawn: (command, cwd) =>
      spawn(
        'setpriv',
        [...enter(name), 'sh', '-c', init, 'sh', process.execPath, leaksProgram, crundlePath, ...command],
        {
          cwd,
          env,
          stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
        },
      ),
  };
}

const cgroupParentOf = (name: string) => `/crundle-test/${name}`;

// Not `ip netns exec`, which hides /sys/fs/cgroup. The first process dies with the runner, and takes the others along.
function enter(name: string): string[] {
  const namespaces = ['-m', '-p', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private'];
  return ['--pdeathsig', 'KILL', 'nsenter', `--net=/run/netns/${name}`, 'unshare', ...namespaces];
}

// PID 1: a shell, because it reaps what others orphan and Node.js does not. unshare's fresh /proc hides binfmt_misc. Named
// network namespaces are the host's own (so is its journal, if the machine has one: tests do not fill it): crundle removes those of no container of its own. What networks share with
// no container on them stays (bridges, tables), as with Docker; the person's own command takes it down.
const init = `
node=$1 leaks=$2 crundle=$3; shift 3
mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc 2>/dev/null
mount -t tmpfs -o mode=755 netns /run/netns
[ ! -d /run/systemd/journal ] || mount -t tmpfs journal /run/systemd/journal
"$@" 3>&-
status=$?
[ ! -e "$CRUNDLE_RUN_ROOT/network" ] || "$crundle" network prune --force >/dev/null 2>&3
"$node" "$leaks" "$CRUNDLE_DATA_ROOT" "$CRUNDLE_RUN_ROOT" "$TMPDIR" "$CRUNDLE_TEST_CGROUP_PARENT" >&3
exit "$status"`;

/** Removes what addHost made, and cgroups that were left. Idempotent. The host's processes must have ended. */
export function removeHost({name}: Pick<Host, 'name'>): void {
  if (existsSync(`/run/netns/${name}`)) execFileSync('ip', ['netns', 'delete', name]);
  rmSync(runRootOf(name), {recursive: true, force: true});
  rmSync(folderOf(name), {recursive: true, force: true});
  for (const hierarchy of ['', ...readdirSync('/sys/fs/cgroup')]) {
    removeCgroups(join('/sys/fs/cgroup', hierarchy, cgroupParentOf(name)));
    removeIfEmpty(join('/sys/fs/cgroup', hierarchy, dirname(cgroupParentOf(name))));
  }
  removeIfEmpty(dirname(folderOf(name)));
}

// Shared with the hosts of other runners.
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EBUSY'].includes(errnoOf(error) ?? '')) throw error;
  }
}

function removeCgroups(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, {withFileTypes: true})) {
    if (entry.isDirectory()) removeCgroups(join(folder, entry.name));
  }
  rmdirSync(folder);
}

/** Removes the hosts of runners that were killed. */
export function sweepHosts(): void {
  const names = ['/run/netns', '/run', '/var/tmp/crundle-test'].flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder) : [],
  );
  for (const name of new Set(names)) {
    const pid = namePattern.exec(name)?.[1];
    if (pid !== undefined && !identifyProcess(parseInt(pid, 36))) removeHost({name});
  }
}
