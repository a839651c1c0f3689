// The device files of a container, and the rules of what it may do with which: Docker's defaults and what was asked for.
import type {Device, DeviceRule} from '../src/oci/runtime-spec.ts';
import type {BundleInput} from './bundle-input.ts';
import type {CgroupFacts} from './host-facts.ts';

type DeviceInput = Pick<BundleInput, 'options' | 'host' | 'devices'>;

/** For `linux.devices`: the runtime makes the usual ones by itself. A privileged container has all of the host's. */
export function deviceFiles({options, host, devices = []}: DeviceInput): Device[] {
  const asked = devices.map(({access: _, ...device}) => device);
  if (!options.privileged) return asked;
  const paths = new Set(host.devices.map(({path}) => path));
  return [...host.devices, ...asked.filter(({path}) => !paths.has(path))];
}

/** For `linux.resources.devices`. A privileged container may do all, whatever else was asked for. */
export function deviceRules({options, host, devices = []}: DeviceInput): DeviceRule[] {
  if (options.privileged) return [{allow: true, access: 'rwm'}];
  return [
    ...defaultRules(host.cgroup),
    ...devices.map(({type, major, minor, access}): DeviceRule => ({allow: true, type, major, minor, access})),
    ...(options.deviceRules ?? []).map((rule): DeviceRule => ({allow: true, ...rule})),
  ];
}

// Docker's list; the runtime adds mknod of anything and the terminals.
function defaultRules({version}: Pick<CgroupFacts, 'version'>): DeviceRule[] {
  return [
    {allow: false, access: 'rwm'},
    ...characterDevices(true, [
      [1, 5], // zero
      [1, 3], // null
      [1, 9], // urandom
      [1, 8], // random
      [5, 0], // tty
      [5, 1], // console
      [10, 200], // tun, which Docker's runtime allows by itself
    ]),
    // fuse, which runtimes once allowed by default; never on version 2, where systemd takes no rule that denies but the first
    ...(version === 1 ? characterDevices(false, [[10, 229]]) : []),
  ];
}

function characterDevices(allow: boolean, numbers: [number, number][]): DeviceRule[] {
  return numbers.map(([major, minor]) => ({allow, type: 'c', major, minor, access: 'rwm'}));
}
