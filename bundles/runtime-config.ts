// Builds a container's config.json: the image's config, the run's options and the host's facts in, one plain value
// out. Docker's defaults; the differences that remain are listed in docs/decisions/0030-differences-from-docker.md.
import {EngineError} from '../src/errors.ts';
import type {LinuxConfig, Namespace, ProcessSpec, RuntimeConfig, Seccomp} from '../src/oci/runtime-spec.ts';
import {chooseApparmor} from './apparmor.ts';
import type {BundleInput, NetworkNamespace} from './bundle-input.ts';
import {chooseCapabilities, processCapabilities} from './capabilities.ts';
import {resolveCommand} from './container-command.ts';
import {containerEnv, hasName, withHome} from './container-env.ts';
import {containerMounts, initDestination} from './container-mounts.ts';
import type {ContainerOptions} from './container-options.ts';
import {containerResources} from './container-resources.ts';
import {deviceFiles} from './devices.ts';
import type {CgroupFacts} from './host-facts.ts';
import type {MountPropagation} from './mount-options.ts';
import {lowestOomScore} from './oom-score.ts';
import {containerRlimits} from './rlimits.ts';
import {parseSeccompProfile, resolveSeccomp} from './seccomp.ts';
import {defaultSeccompProfile} from './seccomp-profile.ts';
import {maskedPaths, readOnlyPaths} from './system-paths.ts';

/** The newest version that crun 1.8.1 of Debian 12 takes along with all others; nothing here needs a newer one. */
const ociVersion = '1.0.2';

/** Tells `exec` that HOME is the user's, not the image's or the person's. */
export const defaultHomeAnnotation = 'dev.crundle.default-home';

/**
 * The whole config.json, to be written with `formatRuntimeJson`. The options were checked by `checkContainerOptions`.
 * Throws EngineError 'host-unsupported', 'program-missing' (--init without an init) and 'invalid-option'.
 */
export function buildRuntimeConfig(input: BundleInput): RuntimeConfig {
  const {options, host} = input;
  const hostname = containerHostname(input);
  const capabilities = chooseCapabilities(options, host.capabilities.bounding);
  const initPath = chooseInit(input);
  const config = input.image.config ?? {};
  const env = containerEnv({image: config.Env ?? [], run: options.env, hostname, tty: options.tty});
  return {
    ociVersion,
    process: processSpec(input, env, capabilities, initPath !== undefined),
    root: {path: input.rootfsPath, ...(options.readOnlyRootfs && {readonly: true})},
    hostname,
    mounts: containerMounts(input, initPath),
    linux: linuxConfig(input, capabilities),
    ...(!hasName(env, 'HOME') && {annotations: {[defaultHomeAnnotation]: 'true'}}),
  };
}

/** What the container calls itself: --hostname, else the host's name on its network, else 12 digits of the id. */
export function containerHostname({id, options, host}: Pick<BundleInput, 'id' | 'options' | 'host'>): string {
  return options.hostname ?? (options.network.kind === 'host' ? host.hostname : id.slice(0, 12));
}

function processSpec(
  input: BundleInput,
  env: string[],
  capabilities: string[],
  underInit: boolean,
): ProcessSpec {
  const {options, host, user, defaults} = input;
  const config = input.image.config ?? {};
  const command = resolveCommand(config, options);
  const apparmorProfile = chooseApparmor(options, host);
  return {
    terminal: options.tty,
    user: {uid: user.uid, gid: user.gid, additionalGids: user.additionalGids},
    args: underInit ? [initDestination, '--', ...command] : command,
    env: withHome(env, user.home),
    cwd: options.workingDir || config.WorkingDir || '/',
    capabilities: processCapabilities(capabilities, user.uid),
    rlimits: containerRlimits(options.ulimits, defaults.ulimits, host),
    noNewPrivileges: options.security.noNewPrivileges ?? defaults.noNewPrivileges,
    oomScoreAdj: options.oomScoreAdj ?? lowestOomScore(host),
    ...(apparmorProfile !== undefined && {apparmorProfile}),
  };
}

function linuxConfig(input: BundleInput, capabilities: string[]): LinuxConfig {
  const {options, host} = input;
  const devices = deviceFiles(input);
  const seccomp = chooseSeccomp(input, capabilities);
  const sysctl = {...networkSysctls(input), ...input.sysctls};
  const propagation = rootfsPropagation(input.mounts.map((mount) => mount.propagation));
  const openPaths = options.privileged || options.security.unconfinedSystemPaths;
  return {
    namespaces: namespacesOf(input),
    cgroupsPath: input.cgroupsPath,
    resources: containerResources(input),
    ...(devices.length > 0 && {devices}),
    ...(Object.keys(sysctl).length > 0 && {sysctl}),
    ...(seccomp && {seccomp}),
    ...(propagation && {rootfsPropagation: propagation}),
    ...(!openPaths && {maskedPaths: maskedPaths(host), readonlyPaths: [...readOnlyPaths]}),
  };
}

function namespacesOf({options, network, host: {cgroup}}: BundleInput): Namespace[] {
  const types: Namespace['type'][] = ['uts', 'pid', 'ipc'];
  if (cgroup.namespaces && cgroupNamespace(options, cgroup) === 'private') types.push('cgroup');
  return [{type: 'mount'}, ...networkNamespace(network), ...types.map((type) => ({type}))];
}

/** Docker's default: the host's cgroup namespace on version 1, one of its own on version 2, privileged or not. */
export function cgroupNamespace(
  {cgroupNamespace: asked}: Pick<ContainerOptions, 'cgroupNamespace'>,
  {version}: Pick<CgroupFacts, 'version'>,
): 'host' | 'private' {
  return asked ?? (version === 2 ? 'private' : 'host');
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
function networkSysctls({network, options, host}: BundleInput): Record<string, string> {
  if (network.kind === 'host' || options.network.kind === 'container') return {};
  return {
    ...(host.unprivilegedPortSysctl && {'net.ipv4.ip_unprivileged_port_start': '0'}),
    ...(host.pingGroupSysctl && {'net.ipv4.ping_group_range': '0 2147483647'}),
  };
}

// A mount can only be shared or a slave when the root it is made under is.
function rootfsPropagation(propagations: MountPropagation[]): LinuxConfig['rootfsPropagation'] {
  if (propagations.some((propagation) => propagation.endsWith('shared'))) return 'shared';
  if (propagations.some((propagation) => propagation.endsWith('slave'))) return 'slave';
  return undefined;
}

function chooseInit({options, defaults, initPath}: BundleInput): string | undefined {
  if (!(options.init ?? defaults.init)) return undefined;
  if (initPath !== undefined) return initPath;
  throw new EngineError(
    'program-missing',
    'cannot run an init in the container: no init program is installed',
    {
      hint: 'apt install tini',
      exit: 125,
    },
  );
}

// Privileged turns off the default profile, but not one that was asked for.
function chooseSeccomp({options, host, defaults}: BundleInput, capabilities: string[]): Seccomp | undefined {
  const {seccomp} = options.security;
  if (seccomp.kind === 'unconfined') return undefined;
  if (seccomp.kind === 'default' && options.privileged) return undefined;
  if (!host.seccomp) {
    if (seccomp.kind !== 'profile') return undefined;
    throw new EngineError(
      'host-unsupported',
      'seccomp is not enabled in your kernel, cannot run a custom seccomp profile',
      {exit: 125},
    );
  }
  const profile =
    seccomp.kind === 'profile'
      ? parseSeccompProfile(seccomp.json)
      : ((seccomp.kind === 'default' ? defaults.seccompProfile : undefined) ?? defaultSeccompProfile);
  return resolveSeccomp(profile, {
    architecture: host.architecture,
    kernel: host.kernelVersion,
    capabilities,
  });
}
