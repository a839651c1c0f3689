// `info` for a person: the lines of `docker info` that mean something here.

import type {EngineInfo} from '../engine.ts';
import {binarySize} from './output/human-units.ts';

export function infoText(info: EngineInfo): string {
  const rows: [string, string | number | undefined][] = [
    ['Containers', info.Containers],
    [' Running', info.ContainersRunning],
    [' Paused', info.ContainersPaused],
    [' Stopped', info.ContainersStopped],
    ['Images', info.Images],
    ['Version', info.ServerVersion],
    ['Storage Driver', info.Driver],
    ['Logging Driver', info.LoggingDriver],
    ['Cgroup Driver', info.CgroupDriver],
    ['Cgroup Version', info.CgroupVersion],
    ['Cgroup Controllers', info.CgroupControllers.join(' ')],
    ['Runtime', info.Runtime ?? 'not installed'],
    ['Monitor', info.Monitor ?? 'not installed'],
    ['Security Options', info.SecurityOptions.join(' ')],
    ['Kernel Version', info.KernelVersion],
    ['Operating System', info.OperatingSystem],
    ['OSType', info.OSType],
    ['Architecture', info.Architecture],
    ['Default Platform', info.DefaultPlatform],
    ['CPUs', info.NCPU],
    ['Total Memory', binarySize(info.MemTotal)],
    ['Name', info.Name],
    ['Crundle Root Dir', info.DockerRootDir],
    ['Run Root Dir', info.ExecRoot],
    ['Insecure Registries', info.InsecureRegistries.join(' ') || undefined],
    ['Registry Mirrors', info.RegistryMirrors.join(' ') || undefined],
  ];
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\n`])).join('');
}
