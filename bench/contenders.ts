// The engines that are measured, each with everything it keeps in folders of this host's, and their common words.
import {spawnSync} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import type {DockerDaemon} from '../test/support/docker-daemon.ts';
import {crundlePath, testHost} from '../test/support/test-host.ts';

export interface Contender {
  name: string;
  version: string;
  /** Runs a command line of Docker's grammar and throws when it fails. */
  run(...args: string[]): void;
  pull(image: string): void;
  /** The same, as a command line. */
  pullCommand(image: string): string[];
  /** Processes that work for all of its commands. */
  daemons(): number[];
  /** The process ID of a running container. */
  pidOf(container: string): number;
}

export function crundle(): Contender {
  const run = (...args: string[]) => void mustRun(crundlePath, args);
  const version = /Version: +(\S+)/.exec(mustRun(crundlePath, ['version']))?.[1] ?? '';
  const pidOf = (name: string) => Number(mustRun(crundlePath, ['inspect', '-f', '{{.State.Pid}}', name]));
  return {
    name: 'crundle',
    version,
    run,
    pull: (image) => run('pull', '-q', image),
    pullCommand: (image) => [crundlePath, 'pull', '-q', image],
    daemons: () => [],
    pidOf,
  };
}

export function docker(daemon: DockerDaemon): Contender {
  const run = (...args: string[]) => void daemon.client(...withPlatform(args));
  const version = daemon.client('version', '--format', '{{.Server.Version}}').trim();
  const pidOf = (name: string) => Number(daemon.client('inspect', '-f', '{{.State.Pid}}', name));
  return {
    name: 'docker',
    version,
    run,
    pull: (image) => run('pull', '-q', image),
    pullCommand: (image) => daemon.clientCommand(...withPlatform(['pull', '-q', image])),
    daemons: () => daemon.pids(),
    pidOf,
  };
}

export function podman(): Contender {
  const folder = join(testHost.tmp, 'podman');
  mkdirSync(folder);
  const own = [
    ['--root', join(folder, 'root')],
    ['--runroot', `${testHost.runRoot}/podman`],
    ['--tmpdir', `${testHost.runRoot}/podman-tmp`],
    ['--cgroup-manager', 'cgroupfs'],
    ['--events-backend', 'none'],
    ['--storage-driver', 'overlay'],
  ].flat();
  // Its default parent, /libpod_parent, would be the machine's and not this host's.
  const cgroups = ['--cgroup-parent', `${testHost.cgroupParent}/podman`];
  const run = (...args: string[]) => {
    const [verb = '', ...rest] = withPlatform(args);
    const makes = verb === 'run' || verb === 'create';
    mustRun('podman', [...own, verb, ...(makes ? cgroups : []), ...rest]);
  };
  const version = mustRun('podman', ['version', '--format', '{{.Client.Version}}']).trim();
  const pidOf = (name: string) =>
    Number(mustRun('podman', [...own, 'inspect', '-f', '{{.State.Pid}}', name]));
  return {
    name: 'podman',
    version,
    run,
    pull: (image) => run('pull', '-q', '--tls-verify=false', image),
    pullCommand: (image) => ['podman', ...own, ...withPlatform(['pull', '-q', '--tls-verify=false', image])],
    daemons: () => [],
    pidOf,
  };
}

// arm64 is crundle's default; the others take the machine's own.
function withPlatform([verb = '', ...rest]: string[]): string[] {
  return ['run', 'create', 'pull'].includes(verb)
    ? [verb, '--platform', 'linux/arm64', ...rest]
    : [verb, ...rest];
}

/** Standard output. */
export function mustRun(program: string, args: readonly string[]): string {
  const {status, stdout, stderr, error} = spawnSync(program, args, {encoding: 'utf8', maxBuffer: 2 ** 26});
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} exited with ${status}: ${stderr}${stdout}`);
  return stdout;
}
