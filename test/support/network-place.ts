// A network namespace as seen by a test: run programs in it, listen and connect there. One agent process (see
// network-agent.ts) does the sockets, so that a connection costs a millisecond and not a new process.
import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {join} from 'node:path';
import type {AgentAnswer, AgentRequest, ListenRequest, Protocol, Talk, TalkRequest} from './network-agent.ts';

/** A request without its number. */
type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never;

export interface Listener extends AsyncDisposable {
  readonly port: number;
  close(): Promise<void>;
}

export class NetworkPlace implements AsyncDisposable {
  readonly name: string;
  /** A file that is the namespace, such as /run/netns/NAME or /proc/PID/ns/net; absent: the test host's own. */
  readonly path: string | undefined;
  #agent: ChildProcess | undefined;
  #nextId = 1;
  readonly #waiting = new Map<number, {done(value: unknown): void; fail(error: Error): void}>();

  constructor(name: string, path?: string) {
    this.name = name;
    this.path = path;
  }

  /** Runs a program in the namespace, and returns its standard output. Throws with its standard error when it fails. */
  run(program: string, ...args: string[]): string {
    const [command = '', ...rest] = this.#command([program, ...args]);
    return execFileSync(command, rest, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']});
  }

  /** Starts a server that answers each client with what it saw of it. Throws the errno name, such as EADDRINUSE. */
  async listen(request: ListenRequest): Promise<Listener> {
    const id = this.#nextId;
    const port = Number(await this.#ask({kind: 'listen', request}));
    const close = async () => void (await this.#ask({kind: 'close', listener: id}));
    return {port, close, [Symbol.asyncDispose]: close};
  }

  /** Connects, or sends one datagram, and reads the answer. Never throws for a network failure. */
  async talk(request: TalkRequest): Promise<Talk> {
    return (await this.#ask({kind: 'talk', request})) as Talk;
  }

  /** In one word, for matrices: the source address that the server saw, else the error. */
  async sourceSeenBy(protocol: Protocol, address: string, port: number, timeoutMs?: number): Promise<string> {
    const {seen, error} = await this.talk({
      protocol,
      address,
      port,
      ...(timeoutMs === undefined ? {} : {timeoutMs}),
    });
    return seen?.from ?? error ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const agent = this.#agent;
    this.#agent = undefined;
    if (!agent || agent.exitCode !== null || agent.signalCode !== null) return;
    const ended = new Promise((done) => agent.once('exit', done));
    agent.ref();
    agent.disconnect();
    await ended;
  }

  #command(command: string[]): string[] {
    return this.path === undefined ? command : ['nsenter', `--net=${this.path}`, ...command];
  }

  #ask(question: Unnumbered<AgentRequest>): Promise<unknown> {
    this.#agent ??= this.#startAgent();
    const agent = this.#agent;
    const id = this.#nextId++;
    agent.channel?.ref();
    return new Promise((done, fail) => {
      this.#waiting.set(id, {done, fail});
      agent.send({id, ...question});
    });
  }

  // Unreferenced while nothing is asked of it: a test file that forgets it can still end, and it ends with that.
  #startAgent(): ChildProcess {
    const [command = '', ...args] = this.#command([
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      join(import.meta.dirname, 'network-agent.ts'),
      this.name,
    ]);
    const agent = spawn(command, args, {stdio: ['ignore', 'inherit', 'inherit', 'ipc']});
    agent.unref();
    agent.on('message', ({id, value, error}: AgentAnswer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) agent.channel?.unref();
      if (error === undefined) waiting?.done(value);
      else waiting?.fail(new Error(error));
    });
    agent.once('exit', (status, signal) => {
      for (const {fail} of this.#waiting.values())
        fail(new Error(`the agent in ${this.name} ended: ${signal ?? status}`));
      this.#waiting.clear();
    });
    return agent;
  }
}

/** The network namespace that a process is in, such as a container's. */
export function placeOfProcess(name: string, pid: number): NetworkPlace {
  return new NetworkPlace(name, `/proc/${pid}/ns/net`);
}
