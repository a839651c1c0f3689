// A dockerd of this test host's own, with one image: what Docker itself does, to compare with. Nothing of a Docker
// that runs on the machine is touched.
import {type ChildProcess, execFileSync, spawn, spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {umount} from '../../src/system/libc.ts';
import {testHost} from './test-host.ts';

const daemonPath = '/usr/sbin/dockerd';
const clientPath = '/usr/bin/docker';

/** Why there is no Docker to compare with, if so. */
export const dockerMissing = [daemonPath, clientPath, '/usr/bin/containerd', '/usr/sbin/runc']
  .filter((path) => !existsSync(path))
  .map((path) => `Debian's docker.io is not installed: no ${path}`)[0];

export class DockerDaemon implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #socket: string;
  readonly #folder: string;
  readonly #hasBridge: boolean;

  private constructor(daemon: ChildProcess, socket: string, folder: string, hasBridge: boolean) {
    this.#process = daemon;
    this.#socket = socket;
    this.#folder = folder;
    this.#hasBridge = hasBridge;
  }

  /**
   * Waits until it answers, which takes about three seconds. `bridge`: with docker0 and its rules on this test host, and
   * with its policy for what others forward set back to accept, which would cut off crundle's containers.
   */
  static async start({bridge = false}: {bridge?: boolean} = {}): Promise<DockerDaemon> {
    const folder = join(testHost.tmp, 'docker');
    mkdirSync(folder);
    const socket = join(testHost.runRoot, 'docker.sock');
    const configPath = join(folder, 'daemon.json');
    writeFileSync(configPath, '{}');
    const log = openSync(join(folder, 'log'), 'w');
    const args = [
      ['--config-file', configPath],
      ['-H', `unix://${socket}`],
      ['--data-root', join(folder, 'data')],
      ['--exec-root', join(testHost.runRoot, 'docker')],
      ['--pidfile', join(folder, 'pid')],
      ['--cgroup-parent', `${testHost.cgroupParent}/docker`],
      ...(bridge ? [] : [['--iptables=false', '--bridge=none']]),
    ].flat();
    const env = {...process.env, PATH: '/usr/sbin:/usr/bin:/sbin:/bin'};
    const daemon = new DockerDaemon(
      spawn(daemonPath, args, {stdio: ['ignore', log, log], env}),
      socket,
      folder,
      bridge,
    );
    for (const deadline = Date.now() + 20_000; ; await sleep(50)) {
      if (existsSync(socket) && daemon.#answers()) {
        if (bridge) execFileSync('iptables', ['-P', 'FORWARD', 'ACCEPT']);
        return daemon;
      }
      if (Date.now() > deadline || daemon.#process.exitCode !== null) {
        await daemon[Symbol.asyncDispose]();
        throw new Error(`dockerd did not start:\n${readFileSync(join(folder, 'log'), 'utf8').slice(-2000)}`);
      }
    }
  }

  /** Runs the client, and returns what it wrote to standard output. Throws with its standard error when it fails. */
  client(...args: string[]): string {
    return execFileSync(clientPath, ['-H', `unix://${this.#socket}`, ...args], {
      encoding: 'utf8',
      env: {...process.env, DOCKER_CONFIG: this.#folder},
    });
  }

  /** A command line of the client's, for whoever runs it by other means. */
  clientCommand(...args: string[]): string[] {
    return [clientPath, '-H', `unix://${this.#socket}`, ...args];
  }

  /** Of dockerd and its containerd. */
  pids(): number[] {
    const containerd = join(testHost.runRoot, 'docker/containerd/containerd.pid');
    return [this.#process.pid ?? 0, Number(readFileSync(containerd, 'utf8'))];
  }

  /** Runs the client, which may fail. Containers are arm64. */
  try(...args: string[]): {status: number; stdout: string; stderr: string} {
    const [verb = '', ...rest] = args;
    const words = verb === 'run' ? ['run', '--platform', 'linux/arm64', ...rest] : args;
    const {status, stdout, stderr} = spawnSync(clientPath, ['-H', `unix://${this.#socket}`, ...words], {
      encoding: 'utf8',
      env: {...process.env, DOCKER_CONFIG: this.#folder},
    });
    return {status: status ?? -1, stdout, stderr};
  }

  /** The address, for a client of another version. */
  get host(): string {
    return `unix://${this.#socket}`;
  }

  #answers(): boolean {
    try {
      return this.client('version', '--format', '{{.Server.Version}}') !== '';
    } catch {
      // The socket is there before the daemon listens.
      return false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = new Promise((done) => this.#process.once('exit', done));
    this.#process.kill('SIGTERM');
    await ended;
    if (this.#hasBridge) removeBridgeAndRules();
    // What dockerd leaves: the handle of the host's network, and the parent of its containers' cgroups.
    const network = join(testHost.runRoot, 'docker/netns/default');
    if (existsSync(network)) umount(network);
    for (const hierarchy of ['', ...readdirSync('/sys/fs/cgroup')]) {
      const cgroup = join('/sys/fs/cgroup', hierarchy, testHost.cgroupParent, 'docker');
      if (existsSync(cgroup)) rmdirSync(cgroup);
    }
  }
}

// Errors say that there is no such thing.
function removeBridgeAndRules(): void {
  spawnSync('ip', ['link', 'delete', 'docker0']);
  for (const family of ['ip', 'ip6']) {
    for (const table of ['filter', 'nat', 'raw', 'mangle'])
      spawnSync('nft', ['delete', 'table', family, table]);
  }
}
