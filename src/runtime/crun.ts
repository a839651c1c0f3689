// crun, the OCI runtime: typed calls of the program. It keeps its own state under `root`; what a container is to
// crundle is not known here. Containers are created through conmon.ts.
import {rmSync, writeFileSync} from 'node:fs';
import {EngineError, isEngineError} from '../errors.ts';
import type {Resources} from '../oci/runtime-spec.ts';
import {runQuickProgram} from '../system/quick-program.ts';
import {crunError} from './crun-error.ts';
import {releaseCreated} from './start-fifo.ts';

/** The answer of `crun state` (runtime-spec, runtime.md, State). */
export interface CrunState {
  id: string;
  status: 'creating' | 'created' | 'running' | 'paused' | 'stopped';
  /** 0 when stopped. */
  pid: number;
  bundle: string;
  createdAt: Date;
}

export const crunProgram = '/usr/bin/crun';

/** A failure of any call is worded by crunError: see there for the codes. */
export class Crun {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /**
   * Runs the created container's process. 'container-not-running' when there is no such container. Poststart hooks,
   * which no bundle of crundle has, would not run.
   */
  async start(id: string): Promise<void> {
    if (!releaseCreated(this.root, id)) await this.#call('start', 'cannot start', id, []);
  }

  /**
   * Sends a signal (`TERM`, `SIGTERM` or a number) to the first process, or to every process with `all`.
   * 'container-not-running' when it has ended.
   */
  async kill(id: string, signal: string | number, options: {all?: boolean} = {}): Promise<void> {
    const all = options.all === true ? ['--all'] : [];
    await this.#call('kill', 'cannot signal', id, all, [String(signal)]);
  }

  /** Removes crun's state and the cgroup. `force` kills what still runs. Idempotent. */
  async delete(id: string, options: {force?: boolean} = {}): Promise<void> {
    try {
      await this.#call('delete', 'cannot delete', id, options.force === true ? ['--force'] : []);
    } catch (error) {
      if (!isUnknown(error)) throw error;
    }
  }

  /** Stops all processes where they are. */
  async pause(id: string): Promise<void> {
    await this.#call('pause', 'cannot pause', id, []);
  }

  async resume(id: string): Promise<void> {
    await this.#call('resume', 'cannot unpause', id, []);
  }

  /** Changes the limits of a running container: those that are there, and no others. `file` is made for it, and removed. */
  async update(id: string, resources: Resources, file: string): Promise<void> {
    // Not its standard input, which crun opens by name: that cannot be done with Node's, a socket.
    writeFileSync(file, JSON.stringify(resources), {mode: 0o600});
    try {
      await this.#call('update', 'cannot update', id, ['--resources', file]);
    } finally {
      rmSync(file, {force: true});
    }
  }

  /** Undefined when crun does not know the container. */
  async state(id: string): Promise<CrunState | undefined> {
    try {
      return readState(JSON.parse(await this.#call('state', 'cannot inspect', id, [])));
    } catch (error) {
      if (isUnknown(error)) return undefined;
      throw error;
    }
  }

  /** Every container under this root. */
  async list(): Promise<CrunState[]> {
    const found: unknown = JSON.parse(
      await this.#run('cannot list containers', ['list', '--format', 'json']),
    );
    return Array.isArray(found) ? found.map(readState) : [];
  }

  #call(verb: string, task: string, id: string, flags: string[], rest: string[] = []): Promise<string> {
    return this.#run(`${task} container ${id.slice(0, 12)}`, [verb, ...flags, id, ...rest]);
  }

  async #run(task: string, args: string[]): Promise<string> {
    const {status, stdout, stderr} = await runQuickProgram(crunProgram, ['--root', this.root, ...args], {
      okStatuses: anyStatus,
      install: 'install it with: apt install crun',
    });
    if (status !== 0) throw crunError({task, text: stderr});
    return stdout;
  }
}

const anyStatus = Array.from({length: 256}, (_, status) => status);

function isUnknown(error: unknown): boolean {
  return isEngineError(error, 'container-not-running') && error.message.endsWith('crun does not know it');
}

const statuses = ['creating', 'created', 'running', 'paused', 'stopped'] as const;

function readState(value: unknown): CrunState {
  if (typeof value === 'object' && value !== null && 'id' in value && 'status' in value) {
    const status = statuses.find((known) => known === value.status);
    const pid = 'pid' in value ? Number(value.pid) : 0;
    const bundle = 'bundle' in value ? String(value.bundle) : '';
    const createdAt = new Date('created' in value ? String(value.created) : 0);
    if (status !== undefined) return {id: String(value.id), status, pid, bundle, createdAt};
  }
  throw new EngineError('program-failed', `crun answered with an unknown state: ${JSON.stringify(value)}`);
}
