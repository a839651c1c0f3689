// What of a container's mounts shows in its files from outside: binds, volumes and the files of /etc that are the
// engine's; not tmpfs, /proc, /sys and /dev, which there are only while it runs. As under Docker.
import {existsSync} from 'node:fs';
import type {ContainerRecord} from '../../state/container-record.ts';
import type {ContainerContext} from '../container-context.ts';
import {containerPaths} from '../container-paths.ts';
import {resolveMounts} from './mount-sources.ts';

export interface VisibleMount {
  source: string;
  /** Of a volume; not looked up yet. */
  subpath?: string;
  target: string;
  readOnly: boolean;
  flat: boolean;
  isFile: boolean;
}

/** Sources that are missing are made where a start makes them. Throws EngineError 'invalid-option' as resolveMounts. */
export async function visibleMounts(
  context: ContainerContext,
  record: ContainerRecord,
): Promise<VisibleMount[]> {
  const binds = await resolveMounts(context, {...record, volumes: []}, {makesSources: true});
  const asked = [
    ...binds.map(({source, destination, readOnly, recursion, isFile = false}) => ({
      source,
      target: destination,
      readOnly,
      flat: recursion === 'disabled',
      isFile,
    })),
    ...record.volumes.map(({name, target, readOnly, subpath}) => ({
      source: context.volumes.pathOf(name),
      ...(subpath !== undefined && {subpath}),
      target,
      readOnly,
      flat: false,
      isFile: false,
    })),
  ];
  const taken = new Set(asked.map(({target}) => target));
  return [...asked, ...etcFiles(context, record).filter(({target}) => !taken.has(target))];
}

// Written at a start: a container that has never run has those of its image.
function etcFiles({roots}: ContainerContext, {id, options}: ContainerRecord): VisibleMount[] {
  const {network} = options;
  const paths = containerPaths(roots, network.kind === 'container' ? network.container : id);
  const files = [
    {source: paths.hostsFile, target: '/etc/hosts'},
    {source: paths.hostnameFile, target: '/etc/hostname'},
    {source: paths.resolvConfFile, target: '/etc/resolv.conf'},
  ];
  return files
    .filter(({source}) => existsSync(source))
    .map((file) => ({...file, readOnly: false, flat: true, isFile: true}));
}
