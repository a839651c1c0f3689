// What `info` tells: the machine as the engine sees it, and what its store holds. Field names are Docker's where
// Docker has them.
import {cgroupDriver} from '../containers/container-cgroup.ts';
import {isPaused} from '../containers/pause-state.ts';
import {isEngineError} from '../errors.ts';
import {conmonProgram} from '../runtime/conmon-process.ts';
import {crunProgram} from '../runtime/crun.ts';
import {readHostFacts} from '../system/host-facts.ts';
import {readOptionalFile} from '../system/optional-file.ts';
import {runProgram} from '../system/program.ts';
import {version} from '../version.ts';
import type {EngineParts} from './parts.ts';

export interface EngineInfo {
  ID: string;
  Containers: number;
  ContainersRunning: number;
  ContainersPaused: number;
  ContainersStopped: number;
  Images: number;
  ServerVersion: string;
  Driver: string;
  LoggingDriver: string;
  CgroupDriver: string;
  CgroupVersion: string;
  CgroupControllers: string[];
  DefaultRuntime: string;
  /** First line of each program's own version; undefined when it is not installed. */
  Runtime: string | undefined;
  Monitor: string | undefined;
  SecurityOptions: string[];
  KernelVersion: string;
  OperatingSystem: string;
  OSType: 'linux';
  Architecture: string;
  /** The platform that images are pulled for. */
  DefaultPlatform: string;
  NCPU: number;
  /** Bytes. */
  MemTotal: number;
  Name: string;
  DockerRootDir: string;
  ExecRoot: string;
  InsecureRegistries: string[];
  RegistryMirrors: string[];
  /** What this machine lacks, and what follows. */
  Warnings: string[];
}

export async function readEngineInfo({config, images, containers}: EngineParts): Promise<EngineInfo> {
  const host = readHostFacts();
  const [stored, runtime, monitor] = await Promise.all([
    images.list(),
    versionOf(crunProgram),
    versionOf(conmonProgram),
  ]);
  const records = containers.records.list();
  const running = records.filter((record) => record.status === 'running');
  const paused = running.filter((record) => isPaused(containers, record)).length;
  return {
    ID: host.hostname,
    Containers: records.length,
    ContainersRunning: running.length - paused,
    ContainersPaused: paused,
    ContainersStopped: records.length - running.length,
    Images: stored.length,
    ServerVersion: version,
    Driver: 'overlay2',
    LoggingDriver: config.logDriver,
    CgroupDriver: cgroupDriver(config),
    CgroupVersion: String(host.cgroup.version),
    CgroupControllers: host.cgroup.controllers,
    DefaultRuntime: 'crun',
    Runtime: runtime,
    Monitor: monitor,
    SecurityOptions: [
      ...(host.apparmor ? ['name=apparmor'] : []),
      ...(host.seccomp ? ['name=seccomp,profile=builtin'] : []),
      ...(host.cgroup.namespaces ? ['name=cgroupns'] : []),
    ],
    KernelVersion: host.kernelRelease,
    OperatingSystem: operatingSystem(),
    OSType: 'linux',
    Architecture: host.architecture,
    DefaultPlatform: 'linux/arm64',
    NCPU: host.cpus,
    MemTotal: host.memoryBytes,
    Name: host.hostname,
    DockerRootDir: config.dataRoot,
    ExecRoot: config.runRoot,
    InsecureRegistries: config.insecureRegistries,
    RegistryMirrors: config.registryMirrors,
    Warnings: warnings(host, {runtime, monitor}),
  };
}

function warnings(
  {cgroup, seccomp, architecture}: ReturnType<typeof readHostFacts>,
  programs: {runtime: string | undefined; monitor: string | undefined},
): string[] {
  const missing = (name: string) => !cgroup.controllers.includes(name);
  return [
    ...(programs.runtime === undefined
      ? ['crun is not installed: no container can run (apt install crun)']
      : []),
    ...(programs.monitor === undefined
      ? ['conmon is not installed: no container can run (apt install conmon)']
      : []),
    ...(missing('memory')
      ? ['no memory cgroup: -m has no effect; boards need cgroup_enable=memory on the kernel line']
      : []),
    ...(missing('cpu') ? ['no cpu cgroup: --cpus has no effect'] : []),
    ...(missing('pids') ? ['no pids cgroup: --pids-limit has no effect'] : []),
    ...(cgroup.swapAccounting ? [] : ['no swap accounting: -m does not limit swap']),
    ...(seccomp ? [] : ['this kernel has no seccomp: containers run without a system call filter']),
    ...(architecture === 'arm64' || canEmulate()
      ? []
      : ['arm64 programs need emulation here: apt install qemu-user-static']),
  ];
}

function canEmulate(): boolean {
  return readOptionalFile('/proc/sys/fs/binfmt_misc/qemu-aarch64')?.startsWith('enabled') ?? false;
}

function operatingSystem(): string {
  const release = readOptionalFile('/etc/os-release') ?? '';
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(release)?.[1] ?? 'Linux';
}

async function versionOf(program: string): Promise<string | undefined> {
  try {
    return (await runProgram(program, ['--version'], {reads: true})).stdout.split('\n')[0];
  } catch (error) {
    if (isEngineError(error, 'program-missing')) return undefined;
    throw error;
  }
}
