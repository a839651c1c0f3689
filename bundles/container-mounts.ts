// A container's mounts in the order in which they are made: Docker's defaults, then the person's by depth, then the
// engine's own files in /etc.
import {EngineError} from '../src/errors.ts';
import type {Mount} from '../src/oci/runtime-spec.ts';
import type {BundleInput, ResolvedMount} from './bundle-input.ts';
import type {ContainerOptions} from './container-options.ts';
import type {HostFacts} from './host-facts.ts';
import type {BindRecursion, TmpfsMount} from './mount-options.ts';
import {mergeTmpfsOptions} from './options/tmpfs.ts';

/** Where the init program of --init is found in the container: Docker's path. */
export const initDestination = '/sbin/docker-init';

/**
 * Where every container has something of the engine's: what an image lacks of it is made when a container of it starts, and is
 * no change that the container makes.
 */
export const engineMountPoints: readonly string[] = [
  '/dev',
  '/proc',
  '/sys',
  '/etc/hostname',
  '/etc/hosts',
  '/etc/resolv.conf',
  initDestination,
];

/** Always writable with a read-only root: a program can hardly start without them. */
const writableUnderReadOnlyRoot = new Set(['/proc', '/dev', '/dev/pts', '/dev/shm', '/dev/mqueue']);

/**
 * A mount of the person's at a default's place replaces it; one at /dev replaces all under it. `initPath` is bound
 * only when it is given here.
 */
export function containerMounts(
  input: Pick<BundleInput, 'options' | 'mounts' | 'files' | 'defaults' | 'host' | 'sharedMemoryPath'>,
  initPath?: string,
): Mount[] {
  const {options} = input;
  const asked = [
    ...input.mounts.map((mount) => bindMount(mount, input.host)),
    ...options.mounts.flatMap(tmpfsMounts),
  ];
  const taken = new Set(asked.map((mount) => mount.destination));
  const defaults = [
    ...[...defaultMounts(options), ...ipcMounts(input)].filter(
      ({destination}) => !taken.has(destination) && !(taken.has('/dev') && destination.startsWith('/dev/')),
    ),
    ...(initPath === undefined ? [] : [initMount(initPath)]),
  ];
  const own = etcMounts(input).filter(({destination}) => !taken.has(destination));
  const readOnly = options.readOnlyRootfs ? withReadOnly : (mount: Mount) => mount;
  return [...defaults.map(readOnly), ...byDepth(asked), ...own.map(readOnly)];
}

function defaultMounts({privileged, security}: ContainerOptions): Mount[] {
  const readOnly = privileged ? [] : ['ro'];
  const cgroupReadOnly = (security.writableCgroups ?? privileged) ? [] : ['ro'];
  return [
    {destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev']},
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      // gid 5 is group tty on Debian and everywhere else.
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    {
      destination: '/sys',
      type: 'sysfs',
      source: 'sysfs',
      options: ['nosuid', 'noexec', 'nodev', ...readOnly],
    },
    {
      destination: '/sys/fs/cgroup',
      type: 'cgroup',
      source: 'cgroup',
      options: [...cgroupReadOnly, 'nosuid', 'noexec', 'nodev'],
    },
  ];
}

// What belongs to the IPC namespace: shared with it, or the container's own.
function ipcMounts({
  options: {ipc, shmSizeBytes},
  defaults,
  sharedMemoryPath,
}: Pick<BundleInput, 'options' | 'defaults' | 'sharedMemoryPath'>): Mount[] {
  // A mount of this kind shows the queues of the namespace that it is made in.
  const queues: Mount = {
    destination: '/dev/mqueue',
    type: 'mqueue',
    source: 'mqueue',
    options: ['nosuid', 'noexec', 'nodev'],
  };
  if (ipc?.kind === 'none') return [queues];
  const source = ipc?.kind === 'host' ? '/dev/shm' : sharedMemoryPath;
  if (source !== undefined) {
    return [queues, {destination: '/dev/shm', type: 'bind', source, options: ['rbind', 'rprivate']}];
  }
  return [
    queues,
    {
      destination: '/dev/shm',
      type: 'tmpfs',
      source: 'shm',
      options: ['nosuid', 'noexec', 'nodev', 'mode=1777', `size=${shmSizeBytes ?? defaults.shmSizeBytes}`],
    },
  ];
}

function bindMount(mount: ResolvedMount, host: Pick<HostFacts, 'kernelVersion'>): Mount {
  const {source, destination, readOnly, propagation, isFile} = mount;
  // crun 1.8 looks for a folder where it is told to go below it.
  const recursion = isFile && mount.recursion !== 'disabled' ? 'writable' : (mount.recursion ?? 'enabled');
  return {
    destination,
    type: 'bind',
    source,
    options: [
      recursion === 'disabled' ? 'bind' : 'rbind',
      ...(readOnly ? [readOnlyOption(destination, recursion, host)] : []),
      propagation,
    ],
  };
}

// `rro` takes what is mounted below along, by mount_setattr, which came with Linux 5.12.
function readOnlyOption(
  destination: string,
  recursion: BindRecursion,
  {kernelVersion: {major, minor}}: Pick<HostFacts, 'kernelVersion'>,
): 'ro' | 'rro' {
  if (recursion === 'disabled' || recursion === 'writable') return 'ro';
  if (major > 5 || (major === 5 && minor >= 12)) return 'rro';
  if (recursion === 'enabled') return 'ro';
  throw new EngineError(
    'host-unsupported',
    `cannot mount ${destination} recursively read-only: that takes Linux 5.12, and this is ${major}.${minor}`,
    {exit: 125},
  );
}

function tmpfsMounts(mount: {type: string} | TmpfsMount): Mount[] {
  if (!isTmpfs(mount)) return [];
  return [
    {destination: mount.target, type: 'tmpfs', source: 'tmpfs', options: mergeTmpfsOptions(mount.options)},
  ];
}

function isTmpfs(mount: {type: string}): mount is TmpfsMount {
  return mount.type === 'tmpfs';
}

function initMount(source: string): Mount {
  return {destination: initDestination, type: 'bind', source, options: ['bind', 'ro']};
}

function etcMounts({files}: Pick<BundleInput, 'files'>): Mount[] {
  if (files === undefined) return [];
  const own: [string, string][] = [
    ['/etc/resolv.conf', files.resolvConf],
    ['/etc/hostname', files.hostname],
    ['/etc/hosts', files.hosts],
  ];
  return own.map(([destination, source]) => ({
    destination,
    type: 'bind',
    source,
    options: ['rbind', 'rprivate'],
  }));
}

function withReadOnly(mount: Mount): Mount {
  const options = mount.options ?? [];
  if (writableUnderReadOnlyRoot.has(mount.destination) || options.includes('ro')) return mount;
  return {...mount, options: [...options, 'ro']};
}

// A folder before what is mounted in it; equal depths as they were given.
function byDepth(mounts: readonly Mount[]): Mount[] {
  return mounts.toSorted((a, b) => depthOf(a.destination) - depthOf(b.destination));
}

function depthOf(path: string): number {
  return path.split('/').filter((part) => part !== '').length;
}
