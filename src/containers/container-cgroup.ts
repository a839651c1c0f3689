// Where a container's cgroup is, and who makes it: systemd, where it owns the one tree of cgroup v2, or crun itself.
import {existsSync} from 'node:fs';
import type {Config} from '../config/config.ts';
import {EngineError} from '../errors.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {managesUnits} from '../system/systemd.ts';

export interface ContainerCgroup {
  /** `linux.cgroupsPath` of the runtime-spec; with `bySystemd`, crun's `SLICE:PREFIX:NAME`. */
  path: string;
  bySystemd: boolean;
}

/**
 * --cgroup-parent decides, then the key `cgroup-parent`: a slice is systemd's, a path is crun's. Without either systemd
 * makes the cgroups wherever it can: programs that write into its tree behind its back lose their limits at its next
 * `daemon-reload`. Throws EngineError 'host-unsupported' for a slice without systemd.
 */
export function containerCgroup(
  config: Pick<Config, 'cgroupParent'>,
  {id, options}: Pick<ContainerRecord, 'id' | 'options'>,
): ContainerCgroup {
  const parent =
    options.cgroupParent ?? config.cgroupParent ?? (managesCgroups() ? 'system.slice' : '/crundle');
  if (parent.startsWith('/')) return {path: `${parent}/${id}`, bySystemd: false};
  if (managesCgroups()) return {path: `${parent}:crundle:${id}`, bySystemd: true};
  throw new EngineError(
    'host-unsupported',
    `cannot use the slice ${parent}: systemd does not manage cgroups here`,
    {
      hint: 'slices need systemd, its D-Bus socket and cgroup v2; use a path such as "/containers" as cgroup parent',
      exit: 125,
    },
  );
}

/** Docker's word for who makes the cgroups. */
export function cgroupDriver({cgroupParent}: Pick<Config, 'cgroupParent'>): 'systemd' | 'cgroupfs' {
  if (cgroupParent === undefined) return managesCgroups() ? 'systemd' : 'cgroupfs';
  return cgroupParent.startsWith('/') ? 'cgroupfs' : 'systemd';
}

function managesCgroups(): boolean {
  return managesUnits() && existsSync('/sys/fs/cgroup/cgroup.controllers');
}
