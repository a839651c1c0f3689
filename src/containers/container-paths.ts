// Where one container's files are. Pure: makes nothing, reads nothing.
import {join} from 'node:path';

/** The two roots of an engine: what survives a reboot, and what must not. */
export interface EngineRoots {
  dataRoot: string;
  runRoot: string;
}

/**
 * ```
 * <data-root>/containers/ID/        the bundle: config.json, rootfs (mount point), upper, work,
 *                                   hostname, hosts, resolv.conf, ctr.log
 * <run-root>/containers/ID/         while it runs: pid, conmon.pid, attach, ctl, exit/ID, maybe doubts
 * <run-root>/locks/ID               held while the container's state changes
 * <run-root>/locks/ID.attendants    held (shared) by commands that will clean up when the container ends
 * <run-root>/locks/ID.viewers       held by commands that have its files in view
 * ```
 */
export interface ContainerPaths {
  folder: string;
  configFile: string;
  hostsFile: string;
  hostnameFile: string;
  resolvConfFile: string;
  logFile: string;
  runFolder: string;
  /** What may keep its command from running, as it was told before. */
  doubtsFile: string;
  lockFile: string;
  attendantsFile: string;
  viewersFile: string;
}

export function containerPaths(roots: EngineRoots, id: string): ContainerPaths {
  const folder = join(roots.dataRoot, 'containers', id);
  const locks = join(roots.runRoot, 'locks');
  return {
    folder,
    configFile: join(folder, 'config.json'),
    hostsFile: join(folder, 'hosts'),
    hostnameFile: join(folder, 'hostname'),
    resolvConfFile: join(folder, 'resolv.conf'),
    logFile: join(folder, 'ctr.log'),
    runFolder: join(roots.runRoot, 'containers', id),
    doubtsFile: join(roots.runRoot, 'containers', id, 'doubts'),
    lockFile: join(locks, id),
    attendantsFile: join(locks, `${id}.attendants`),
    viewersFile: join(locks, `${id}.viewers`),
  };
}
