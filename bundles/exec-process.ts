// The process that `exec` adds to a running container, as `crun exec --process` reads it: the container's own
// process with another command, and what the flags of exec change.
import type {ProcessSpec, RuntimeConfig} from '../src/oci/runtime-spec.ts';
import {processCapabilities} from './capabilities.ts';
import {applyEnv, hasName, withHome} from './container-env.ts';
import type {ContainerUser} from './container-user.ts';
import type {HostFacts} from './host-facts.ts';
import {defaultHomeAnnotation} from './runtime-config.ts';

export interface ExecInput {
  /** The running container's config.json. */
  config: RuntimeConfig;
  command: string[];
  /** Absent: the container's user. */
  user?: ContainerUser;
  /** Added to the container's environment. */
  env: string[];
  /** Absent: the container's. */
  workingDir?: string;
  tty: boolean;
  /** All capabilities that the host has. */
  privileged: boolean;
  host: Pick<HostFacts, 'capabilities'>;
}

/** Written with `formatRuntimeJson`. As under Docker, limits, oom score and confinement are the container's. */
export function buildExecProcess(input: ExecInput): ProcessSpec {
  const {config, command, user, tty} = input;
  const own = config.process;
  const uid = user?.uid ?? own.user.uid;
  const names = input.privileged ? input.host.capabilities.bounding : (own.capabilities?.bounding ?? []);
  return {
    ...own,
    terminal: tty,
    args: command,
    env: execEnv(input),
    cwd: input.workingDir ?? own.cwd,
    capabilities: input.privileged ? processCapabilities(names, 0) : processCapabilities(names, uid),
    ...(user && {user: {uid, gid: user.gid, additionalGids: user.additionalGids}}),
  };
}

function execEnv({config, user, env, tty}: ExecInput): string[] {
  const own = config.process.env;
  // HOME that was only the default goes with the user.
  const isDefault = config.annotations?.[defaultHomeAnnotation] === 'true';
  const base = isDefault && user ? own.filter((entry) => !entry.startsWith('HOME=')) : own;
  const withTerm = tty && !hasName(base, 'TERM') ? [...base, 'TERM=xterm'] : base;
  const result = applyEnv(withTerm, env);
  return user ? withHome(result, user.home) : result;
}
