// The devices and the mounts by --mount in `HostConfig` of `inspect`, in Docker's field names and types.
import type {ContainerOptions} from '../../../bundles/container-options.ts';
import type {DeviceRuleOption} from '../../../bundles/device-options.ts';
import type {BindMount, MountOption, TmpfsMount, VolumeMount} from '../../../bundles/mount-options.ts';
import {parseMemory} from '../../../bundles/options/memory-size.ts';

export function mountConfig({mounts, devices = [], deviceRules}: ContainerOptions) {
  const byMount = mounts.filter(({origin}) => origin === 'mount');
  return {
    Devices: devices.map(({source, target, access}) => ({
      PathOnHost: source,
      PathInContainer: target,
      CgroupPermissions: access,
    })),
    DeviceCgroupRules: deviceRules?.map(ruleText) ?? null,
    DeviceRequests: null,
    ...(byMount.length > 0 && {Mounts: byMount.map(mountPoint)}),
  };
}

function ruleText({type, major, minor, access}: DeviceRuleOption): string {
  return `${type} ${major ?? '*'}:${minor ?? '*'} ${access}`;
}

function mountPoint(mount: MountOption) {
  switch (mount.type) {
    case 'bind':
      return bindPoint(mount);
    case 'volume':
      return volumePoint(mount);
    case 'tmpfs':
      return tmpfsPoint(mount);
  }
}

function bindPoint({source, target, readOnly, propagation, recursion}: BindMount) {
  const options = {
    ...(propagation !== 'rprivate' && {Propagation: propagation}),
    ...(recursion === 'disabled' && {NonRecursive: true}),
    ...(recursion === 'writable' && {ReadOnlyNonRecursive: true}),
    ...(recursion === 'readonly' && {ReadOnlyForceRecursive: true}),
  };
  return {
    Type: 'bind',
    Source: source,
    Target: target,
    ...(readOnly && {ReadOnly: true}),
    ...(Object.keys(options).length > 0 && {BindOptions: options}),
  };
}

function volumePoint({name, target, readOnly, noCopy, labels, subpath}: VolumeMount) {
  const options = {
    ...(noCopy && {NoCopy: true}),
    ...(labels && {Labels: labels}),
    ...(subpath !== undefined && {Subpath: subpath}),
  };
  return {
    Type: 'volume',
    ...(name !== undefined && {Source: name}),
    Target: target,
    ...(readOnly && {ReadOnly: true}),
    ...(Object.keys(options).length > 0 && {VolumeOptions: options}),
  };
}

function tmpfsPoint({target, options}: TmpfsMount) {
  const value = (name: string) => options.find((option) => option.startsWith(`${name}=`))?.split('=')[1];
  const [size, mode] = [value('size'), value('mode')];
  const shown = {
    ...(size !== undefined && {SizeBytes: parseMemory(size)}),
    ...(mode !== undefined && {Mode: Number.parseInt(mode, 8)}),
  };
  return {
    Type: 'tmpfs',
    Target: target,
    ...(options.includes('ro') && {ReadOnly: true}),
    ...(Object.keys(shown).length > 0 && {TmpfsOptions: shown}),
  };
}
