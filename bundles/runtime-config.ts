// Builds a container's config.json: the image's config, the run's options and the host's facts in, one plain value
// out. Docker's defaults; the differences that remain are listed in docs/decisions/0030-differences-from-docker.md.
import {EngineError} from '../src/errors.ts';
import type {LinuxConfig, ProcessSpec, RuntimeConfig, Seccomp} from '../src/oci/runtime-spec.ts';
import {chooseApparmor} from './apparmor.ts';
import type {BundleInput} from './bundle-input.ts';
import {chooseCapabilities, processCapabilities} from './capabilities.ts';
import {resolveCommand} from './container-command.ts';
import {containerEnv, hasName, withHome} from './container-env.ts';
import {containerMounts, initDestination} from './container-mounts.ts';
import {containerResources} from './container-resources.ts';
import {deviceFiles} from './devices.ts';
import type {MountPropagation} from './mount-options.ts';
import {containerHostname, containerNamespaces, containerSysctls} from './namespaces.ts';
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
  const annotations = {
    ...options.annotations,
    ...(!hasName(env, 'HOME') && {[defaultHomeAnnotation]: 'true'}),
  };
  return {
    ociVersion,
    process: processSpec(input, env, capabilities, initPath !== undefined),
    root: {path: input.rootfsPath, ...(options.readOnlyRootfs && {readonly: true})},
    // crun would name the host itself.
    ...(options.uts !== 'host' && {hostname}),
    mounts: containerMounts(input, initPath),
    linux: linuxConfig(input, capabilities),
    ...(Object.keys(annotations).length > 0 && {annotations}),
  };
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
  const sysctl = containerSysctls(input);
  const propagation = rootfsPropagation(input.mounts.map((mount) => mount.propagation));
  const openPaths = options.privileged || options.security.unconfinedSystemPaths;
  return {
    namespaces: containerNamespaces(input),
    ...(input.cgroupsPath !== undefined && {cgroupsPath: input.cgroupsPath}),
    resources: containerResources(input),
    ...(devices.length > 0 && {devices}),
    ...(Object.keys(sysctl).length > 0 && {sysctl}),
    ...(seccomp && {seccomp}),
    ...(propagation && {rootfsPropagation: propagation}),
    ...(!openPaths && {maskedPaths: maskedPaths(host), readonlyPaths: [...readOnlyPaths]}),
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
