// The namespaces of a container, and what goes with them: kernel parameters and its own name.
import type {Namespace} from '../src/oci/runtime-spec.ts';
import type {BundleInput, NetworkNamespace} from './bundle-input.ts';
import type {ContainerOptions} from './container-options.ts';
import type {CgroupFacts, HostFacts} from './host-facts.ts';

/** For `linux.namespaces`. What is not in the list is the host's. */
export function containerNamespaces({
  options,
  network,
  joined = {},
  host: {cgroup},
}: BundleInput): Namespace[] {
  const ofCgroup = cgroup.namespaces && cgroupNamespace(options, cgroup) === 'private';
  return [
    {type: 'mount'},
    ...networkNamespace(network),
    ...(options.uts === 'host' ? [] : [{type: 'uts'} as const]),
    ...ownOrJoined('pid', options.pid?.kind, joined.pid),
    ...ownOrJoined('ipc', options.ipc?.kind, joined.ipc),
    ...(ofCgroup ? [{type: 'cgroup'} as const] : []),
  ];
}

/** Docker's default: the host's cgroup namespace on version 1, one of its own on version 2, privileged or not. */
export function cgroupNamespace(
  {cgroupNamespace: asked}: Pick<ContainerOptions, 'cgroupNamespace'>,
  {version}: Pick<CgroupFacts, 'version'>,
): 'host' | 'private' {
  return asked ?? (version === 2 ? 'private' : 'host');
}

/** For `linux.sysctl`: those of --sysctl go over the others. */
export function containerSysctls(input: BundleInput): Record<string, string> {
  const {options} = input;
  return {
    ...networkDefaults(input),
    ...input.sysctls,
    // As Docker does: the specification has a field for it that older runtimes do not know.
    ...(options.domainname !== undefined && {'kernel.domainname': options.domainname}),
    ...options.sysctls,
  };
}

/** What the container calls itself: --hostname, else the host's name if it shares that, else 12 digits of the id. */
export function containerHostname({
  id,
  options,
  host,
}: {
  id: string;
  options: Pick<ContainerOptions, 'hostname' | 'network' | 'uts'>;
  host: Pick<HostFacts, 'hostname'>;
}): string {
  const isHosts = options.network.kind === 'host' || options.uts === 'host';
  return options.hostname ?? (isHosts ? host.hostname : id.slice(0, 12));
}

function ownOrJoined(type: 'pid' | 'ipc', kind: string | undefined, path: string | undefined): Namespace[] {
  if (kind === 'host') return [];
  if (kind !== 'container') return [{type}];
  if (path === undefined) throw new Error(`no path of the ${type} namespace to join was looked up`);
  return [{type, path}];
}

function networkNamespace(network: NetworkNamespace): Namespace[] {
  switch (network.kind) {
    case 'own':
      return [{type: 'network'}];
    case 'path':
      return [{type: 'network', path: network.path}];
    case 'host':
      return [];
  }
}

// Ports below 1024 and ping need no capability in a network of the container's own. In another container's, which
// may be the host's, nothing is changed.
function networkDefaults({network, options, host}: BundleInput): Record<string, string> {
  if (network.kind === 'host' || options.network.kind === 'container') return {};
  return {
    ...(host.unprivilegedPortSysctl && {'net.ipv4.ip_unprivileged_port_start': '0'}),
    ...(host.pingGroupSysctl && {'net.ipv4.ping_group_range': '0 2147483647'}),
  };
}
