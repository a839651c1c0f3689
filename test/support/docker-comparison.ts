// The same command lines for the real Docker and for crundle, on one image, and what must be the same of the answers.
import {spawnSync} from 'node:child_process';
import * as assert from 'uvu/assert';
import {DockerDaemon} from './docker-daemon.ts';
import {type Registry, startRegistry} from './registry-server.ts';
import {crundlePath} from './test-host.ts';

interface Answer {
  status: number;
  stdout: string;
  stderr: string;
}

/** Both engines with busybox under the name `image`, and a registry that has it. */
export class DockerComparison implements AsyncDisposable {
  readonly image: string;
  readonly #registry: Registry;
  readonly #daemon: DockerDaemon;

  private constructor(registry: Registry, daemon: DockerDaemon) {
    this.#registry = registry;
    this.#daemon = daemon;
    this.image = `${registry.address}/busybox`;
  }

  static async start(): Promise<DockerComparison> {
    const registry = await startRegistry();
    const comparison = new DockerComparison(registry, await DockerDaemon.start());
    comparison.#daemon.client('pull', '-q', '--platform', 'linux/arm64', comparison.image);
    mustSucceed(crundleNow(['pull', '-q', comparison.image]), 'crundle pull');
    return comparison;
  }

  /** Runs the line through both, docker's answer first. */
  ask(args: readonly string[]): [docker: Answer, ours: Answer] {
    return [this.#daemon.try(...args), crundleNow(args)];
  }

  /** Runs the line through the client on PATH, which may be a newer one than the daemon's. */
  askDocker(args: readonly string[]): Answer {
    const [verb, ...rest] = args;
    const words = verb === 'run' ? ['run', '--platform', 'linux/arm64', ...rest] : args;
    const env = {...process.env, DOCKER_HOST: this.#daemon.host};
    const {status, stdout, stderr} = spawnSync('docker', words, {encoding: 'utf8', env});
    return {status: status ?? -1, stdout, stderr};
  }

  /** Runs the line through both, to prepare what is compared afterwards. */
  prepare(...args: string[]): void {
    const [docker, ours] = this.ask(args);
    mustSucceed(docker, `docker ${args.join(' ')}`);
    mustSucceed(ours, `crundle ${args.join(' ')}`);
  }

  /** For clients that are called otherwise: the daemon's address. */
  get dockerHost(): string {
    return this.#daemon.host;
  }

  /** Asserts the same standard output and exit status; `look` takes away what may differ. */
  same(args: readonly string[], look: (text: string) => string = (text) => text): void {
    const [docker, ours] = this.ask(args).map(({status, stdout, stderr}) => ({
      status,
      stdout: look(masked(stdout)),
      isSilent: stderr === '',
    }));
    assert.equal(ours, docker);
  }

  /** Asserts that both refuse, with the same exit status and standard output, and these words on standard error. */
  sameRefusal(args: readonly string[], words: RegExp): void {
    const [docker, ours] = this.ask(args);
    assert.not.equal(docker.status, 0, 'docker does not refuse');
    assert.is(ours.status, docker.status, `${ours.stderr}; docker: ${docker.stderr}`);
    assert.is(masked(ours.stdout), masked(docker.stdout));
    assert.match(ours.stderr, words, ours.stderr);
    assert.match(docker.stderr, words, docker.stderr);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon[Symbol.asyncDispose]();
    await this.#registry.stop();
  }
}

function crundleNow(args: readonly string[]): Answer {
  const {status, stdout, stderr} = spawnSync(crundlePath, args, {encoding: 'utf8'});
  return {status: status ?? -1, stdout, stderr};
}

function mustSucceed({status, stderr}: Answer, line: string): void {
  assert.is(status, 0, `${line}: ${stderr}`);
}

function masked(text: string): string {
  return text
    .replace(/\b[0-9a-f]{64}\b/g, 'ID')
    .replace(/\b[0-9a-f]{12}\b/g, 'SHORT-ID')
    .replace(/[ \t]+$/gm, '');
}
