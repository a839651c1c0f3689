// Reads what a bundle depends on of this machine: a handful of small files in /proc and /sys, in about a millisecond.
// Nothing here is cached across calls: a container is started seldom enough, and limits may change.
import {existsSync, lstatSync, readdirSync, readFileSync, type Stats, statfsSync} from 'node:fs';
import {arch, availableParallelism, hostname, release} from 'node:os';
import {join} from 'node:path';
import {capabilityNames} from '../../bundles/capabilities.ts';
import type {
  CgroupFacts,
  HostArchitecture,
  HostDevice,
  HostFacts,
  KernelVersion,
  RlimitFacts,
} from '../../bundles/host-facts.ts';
import {errnoOf} from '../errors.ts';
import {readApparmorFacts} from './apparmor.ts';
import {deviceNumbers} from './device-numbers.ts';

/** Where Debian's golang-github-containers-common and its kin put the filter that their programs share. */
export const distributionSeccompProfile = '/usr/share/containers/seccomp.json';

/** The facts as they are now. The device list is read on its first use. Throws Node.js's errors on a broken /proc. */
export function readHostFacts(): HostFacts {
  const status = readFileSync('/proc/self/status', 'utf8');
  const memory = readFileSync('/proc/meminfo', 'utf8');
  let devices: HostDevice[] | undefined;
  return {
    architecture: hostArchitecture(arch()),
    hostname: hostname(),
    kernelRelease: release(),
    kernelVersion: parseKernelVersion(release()),
    cpus: availableParallelism(),
    memoryBytes: kibibytesOf(memory, 'MemTotal') * 1024,
    swapBytes: kibibytesOf(memory, 'SwapTotal') * 1024,
    cgroup: readCgroupFacts(),
    capabilities: {
      bounding: parseCapabilityMask(fieldOf(status, 'CapBnd')),
      effective: parseCapabilityMask(fieldOf(status, 'CapEff')),
    },
    rlimits: parseLimits(readFileSync('/proc/self/limits', 'utf8')),
    oomScoreAdj: Number(readFileSync('/proc/self/oom_score_adj', 'utf8')),
    seccomp: /^Seccomp:/m.test(status),
    ...readApparmorFacts(),
    thermalThrottlePaths: thermalThrottlePaths(),
    unprivilegedPortSysctl: existsSync('/proc/sys/net/ipv4/ip_unprivileged_port_start'),
    pingGroupSysctl: existsSync('/proc/sys/net/ipv4/ping_group_range'),
    get devices() {
      devices ??= listDevices('/dev');
      return devices;
    },
  };
}

const architectures: Readonly<Record<string, HostArchitecture>> = {
  arm64: 'arm64',
  x64: 'amd64',
  arm: 'arm',
  ia32: '386',
  riscv64: 'riscv64',
  ppc64: 'ppc64le',
  s390x: 's390x',
  loong64: 'loong64',
};

/** GOARCH's word for Node.js's. */
export function hostArchitecture(nodeArchitecture: string): HostArchitecture {
  return architectures[nodeArchitecture] ?? 'other';
}

/** `6.12.0-rpi7` is 6.12. */
export function parseKernelVersion(text: string): KernelVersion {
  const [major = 0, minor = 0] = text.split(/[.-]/, 2).map(Number);
  return {major, minor};
}

/** Names with `CAP_` of the bits in the hexadecimal text, in the kernel's order. Bits without a name are left out. */
export function parseCapabilityMask(hex: string): string[] {
  const mask = BigInt(`0x${hex}`);
  return capabilityNames.filter((_, bit) => ((mask >> BigInt(bit)) & 1n) === 1n).map((name) => `CAP_${name}`);
}

const limitTypes: Readonly<Record<string, string>> = {
  'Max cpu time': 'RLIMIT_CPU',
  'Max file size': 'RLIMIT_FSIZE',
  'Max data size': 'RLIMIT_DATA',
  'Max stack size': 'RLIMIT_STACK',
  'Max core file size': 'RLIMIT_CORE',
  'Max resident set': 'RLIMIT_RSS',
  'Max processes': 'RLIMIT_NPROC',
  'Max open files': 'RLIMIT_NOFILE',
  'Max locked memory': 'RLIMIT_MEMLOCK',
  'Max address space': 'RLIMIT_AS',
  'Max file locks': 'RLIMIT_LOCKS',
  'Max pending signals': 'RLIMIT_SIGPENDING',
  'Max msgqueue size': 'RLIMIT_MSGQUEUE',
  'Max nice priority': 'RLIMIT_NICE',
  'Max realtime priority': 'RLIMIT_RTPRIO',
  'Max realtime timeout': 'RLIMIT_RTTIME',
};

/** The table of /proc/PID/limits. */
export function parseLimits(text: string): Record<string, RlimitFacts> {
  const limits: Record<string, RlimitFacts> = {};
  for (const line of text.split('\n')) {
    const [, title = '', soft = '', hard = ''] = /^(Max .*?) {2,}(\S+) +(\S+)/.exec(line) ?? [];
    const type = limitTypes[title];
    if (type !== undefined) limits[type] = {soft: parseLimit(soft), hard: parseLimit(hard)};
  }
  return limits;
}

const cgroup2Magic = 0x63677270;
const cgroupRoot = '/sys/fs/cgroup';

/** 2 when /sys/fs/cgroup itself is cgroup2. */
export function cgroupVersion(): 1 | 2 {
  return isCgroup2(cgroupRoot) ? 2 : 1;
}

function readCgroupFacts(): CgroupFacts {
  const namespaces = existsSync('/proc/self/ns/cgroup');
  if (cgroupVersion() === 2) {
    const controllers = readIfThere(`${cgroupRoot}/cgroup.controllers`).trim().split(' ');
    // Version 2 has no devices controller: the runtime loads a BPF program for the rules.
    return {
      version: 2,
      layout: 'unified',
      controllers: controllers.filter((name) => name !== ''),
      namespaces,
      ...unifiedFiles(),
      cpuset: {
        cpus: readIfThere(`${cgroupRoot}/cpuset.cpus.effective`).trim(),
        mems: readIfThere(`${cgroupRoot}/cpuset.mems.effective`).trim(),
      },
    };
  }
  const mounted = readdirIfThere(cgroupRoot);
  const controllers = enabledControllers(readIfThere('/proc/cgroups')).filter((name) =>
    mounted.includes(name),
  );
  const limiting = ['blkio', 'cpu', 'cpuset', 'memory', 'pids'].filter((name) => controllers.includes(name));
  const files = limiting.flatMap((name) => readdirIfThere(join(cgroupRoot, name)));
  return {
    version: 1,
    layout: mounted.includes('unified') && isCgroup2(`${cgroupRoot}/unified`) ? 'hybrid' : 'legacy',
    controllers,
    swapAccounting: files.includes('memory.memsw.limit_in_bytes'),
    namespaces,
    files,
    cpuset: {
      cpus: readIfThere(`${cgroupRoot}/cpuset/cpuset.cpus`).trim(),
      mems: readIfThere(`${cgroupRoot}/cpuset/cpuset.mems`).trim(),
    },
  };
}

/** First column of /proc/cgroups where the last, "enabled", is 1. */
export function enabledControllers(text: string): string[] {
  const rows = text.split('\n').map((line) => line.split('\t'));
  return rows.flatMap(([name = '', , , enabled]) => (enabled === '1' && !name.startsWith('#') ? [name] : []));
}

function isCgroup2(path: string): boolean {
  try {
    return statfsSync(path).type === cgroup2Magic;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

// The root cgroup has few of the files: look where this process is, and at the top-level slices.
function unifiedFiles(): Pick<CgroupFacts, 'files' | 'swapAccounting'> {
  const own = /^0::(.*)$/m.exec(readIfThere('/proc/self/cgroup'))?.[1] ?? '/';
  const folders = ['/', own, '/init.scope', '/system.slice', '/user.slice'];
  const seen = folders.flatMap((path) => readdirIfThere(join(cgroupRoot, path)));
  const read = (name: string) => readIfThere(join(cgroupRoot, name)).trim().split(' ');
  const files = [
    ...new Set([...seen, ...sleepingFiles(read('cgroup.controllers'), read('cgroup.subtree_control'))]),
  ];
  return {files, swapAccounting: files.includes('memory.swap.max')};
}

/**
 * Files of cgroup v2 that no cgroup shows yet: systemd turns the controllers of CPU time and block devices on when the first
 * unit asks for them, as a container's will.
 */
export function sleepingFiles(available: readonly string[], on: readonly string[]): string[] {
  const files = {cpu: ['cpu.max', 'cpu.weight'], io: ['io.max', 'io.weight']};
  return Object.entries(files).flatMap(([controller, names]) =>
    available.includes(controller) && !on.includes(controller) ? names : [],
  );
}

/** Files that tell of an x86 processor's throttling, which containers do not see. */
export function thermalThrottlePaths(): string[] {
  const root = '/sys/devices/system/cpu';
  // None but x86 has them, and there are none on one CPU when there are none on the first.
  if (!existsSync(`${root}/cpu0/thermal_throttle`)) return [];
  const cpus = readdirSync(root).filter((name) => /^cpu\d+$/.test(name));
  return cpus.map((name) => `${root}/${name}/thermal_throttle`).filter((path) => existsSync(path));
}

/** Folders of /dev that hold no devices of the host, or that a container has of its own. */
const skippedDeviceFolders = new Set([
  'pts',
  'shm',
  'fd',
  'mqueue',
  '.lxc',
  '.lxd-mounts',
  '.udev',
  'hugepages',
]);

/** Character and block devices below a folder, without links, and without the console, which is the terminal's. */
export function listDevices(folder: string): HostDevice[] {
  const devices: HostDevice[] = [];
  for (const entry of readdirSync(folder, {withFileTypes: true})) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !skippedDeviceFolders.has(entry.name)) devices.push(...listDevices(path));
    if (entry.name === 'console' || !(entry.isCharacterDevice() || entry.isBlockDevice())) continue;
    const stats = lstatSync(path, {throwIfNoEntry: false});
    // Gone since: a USB device was pulled out.
    if (stats) devices.push(toDevice(path, stats));
  }
  return devices;
}

/** What the stats of a device file say; `path` is what it is to be called. */
export function toDevice(path: string, stats: Stats): HostDevice {
  return {
    path,
    type: stats.isBlockDevice() ? 'b' : 'c',
    ...deviceNumbers(stats.rdev),
    fileMode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
  };
}

function fieldOf(text: string, name: string): string {
  const value = new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`no field ${name} in /proc`);
  return value;
}

function kibibytesOf(text: string, name: string): number {
  return Number(fieldOf(text, name));
}

function parseLimit(text: string): number {
  return text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text);
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return '';
    throw error;
  }
}

function readdirIfThere(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
