// One conmon process from its start to its end, as its pipes tell it. What it is to do, its arguments say: conmon.ts
// makes them for a container, exec-terminal.ts for a process in one.
import {type ChildProcess, spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import {Socket} from 'node:net';
import {EngineError, errnoOf} from '../errors.ts';
import {programEnvironment} from '../system/program.ts';
import {inScope, type ProgramCall, type Scope} from '../system/systemd.ts';
import {beginCall, commandLine} from '../system/trace.ts';

/** A process ID, or below 1 with the reason why there is none. Of an exec process, later, its exit code. */
export interface ConmonAnswer {
  data: number;
  message: string;
}

/** Tells the process that started conmon, without a file or a timer, that conmon is through. */
export interface ConmonEnd {
  /**
   * Resolves when the container has ended and its exit file is written, or when conmon was killed. Only from this call
   * on does it keep the process alive.
   */
  wait(): Promise<void>;
  /** Stops listening; a `wait` under way resolves. The container is not touched. */
  close(): void;
}

export const conmonProgram = '/usr/bin/conmon';

/** The call of conmon with these arguments, in its scope. */
export function conmonCall(args: readonly string[], scope: Scope): ProgramCall {
  return inScope(scope, {program: conmonProgram, args});
}

// conmon's pipes, by descriptor.
const syncPipe = 3;
const startPipe = 4;
const attachPipe = 5;

/**
 * Spawned directly, beside the one runner: conmon needs more pipes than three, and it stays when its caller ends.
 * `detached` puts it into a session of its own from the first moment, so that ctrl-C cannot hit it.
 */
export class ConmonProcess {
  readonly #child: ChildProcess;
  readonly #sync: Answers;
  readonly #attach: Answers | undefined;
  readonly #start: Socket;
  readonly #forked = Promise.withResolvers<void>();
  #complaint = '';
  readonly #call = beginCall();
  readonly #words: readonly string[];

  /**
   * `scope` is what systemd keeps it in, where there is systemd.
   *
   * Until `begin`, conmon has loaded, opened the log, and waits; when this process dies before, it goes on.
   */
  constructor(args: readonly string[], folder: string, options: {scope: Scope; attachable?: boolean}) {
    const attachable = options.attachable === true;
    const call = conmonCall(args, options.scope);
    this.#words = [call.program, ...call.args];
    this.#child = spawn(call.program, call.args, {
      // conmon leaves the file `oom` in its working directory.
      cwd: folder,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', ...(attachable ? (['pipe'] as const) : [])],
      env: programEnvironment({
        _OCI_SYNCPIPE: String(syncPipe),
        _OCI_STARTPIPE: String(startPipe),
        ...(attachable ? {_OCI_ATTACHPIPE: String(attachPipe)} : {}),
      }),
    });
    this.#child.once('exit', () => this.#forked.resolve());
    this.#child.once('error', () => this.#forked.resolve());
    this.#sync = new Answers(this.#child, syncPipe, call.program);
    this.#attach = attachable ? new Answers(this.#child, attachPipe, call.program) : undefined;
    this.#start = pipeOf(this.#child, startPipe);
    this.#start.on('error', () => {
      // conmon has ended early: the sync pipe tells why.
    });
    this.#child.stderr?.on('data', (chunk) => {
      this.#complaint += chunk;
    });
  }

  /** Lets conmon go into the background and to work. */
  begin(): void {
    // Only an attachable conmon waits for a second byte.
    if (this.#attach) this.#start.write('\0');
    else this.#start.end('\0');
  }

  /** Ends a conmon that has not been told to begin: it has done nothing yet. */
  abandon(): void {
    this.#child.kill('SIGKILL');
    this.close();
  }

  /** The next answer. Throws EngineError 'program-missing'; 'program-failed' when conmon ends without one. */
  async answer(): Promise<ConmonAnswer> {
    const answer = await this.#sync.next();
    this.#call?.end(commandLine(this.#words), answer ? `answer ${answer.data}` : 'no answer');
    if (answer !== undefined) return answer;
    if (!existsSync(conmonProgram)) throw missing(conmonProgram);
    const said = this.#complaint.replaceAll('[conmon:e]: ', '').trim();
    throw new EngineError('program-failed', `conmon ended early${said === '' ? '' : `: ${said}`}`, {
      exit: 125,
    });
  }

  /**
   * Resolves when conmon is in the background and its PID is written: the process that was spawned writes it and ends,
   * and the one that it forked may have created the container before that.
   */
  inBackground(): Promise<void> {
    return this.#forked.promise;
  }

  /** Of a conmon that was started attachable: true when the attach socket is there, false when it has failed. */
  async attachable(): Promise<boolean> {
    const answer = await this.#attach?.next();
    this.#attach?.close();
    return answer !== undefined;
  }

  /** The second byte lets an attachable conmon run the command. */
  go(): void {
    this.#start.end('\0');
  }

  end(): ConmonEnd {
    this.#sync.unref();
    return {
      wait: () => this.#sync.ended(),
      close: () => this.#sync.close(),
    };
  }

  /** Closes the pipes. conmon itself goes on. */
  close(): void {
    this.#sync.close();
    this.#attach?.close();
    this.#start.destroy();
  }
}

/** The lines of JSON on one of conmon's pipes. */
class Answers {
  readonly #pipe: Socket;
  readonly #program: string;
  readonly #lines: string[] = [];
  readonly #end = Promise.withResolvers<void>();
  #rest = '';
  #failure: unknown;
  #news = Promise.withResolvers<void>();
  #ended = false;

  /** `program` is what the child was started as, for a person. */
  constructor(child: ChildProcess, descriptor: number, program: string) {
    this.#program = program;
    this.#pipe = pipeOf(child, descriptor);
    this.#pipe.on('data', (chunk) => {
      const lines = (this.#rest + chunk).split('\n');
      this.#rest = lines.pop() ?? '';
      this.#lines.push(...lines);
      this.#wake();
    });
    this.#pipe.on('error', () => {
      // A killed conmon resets the pipe: an end like any other. 'close' follows.
    });
    this.#pipe.on('end', () => this.#finish());
    this.#pipe.on('close', () => this.#finish());
    child.on('error', (error) => {
      this.#failure = error;
      this.#finish();
    });
  }

  async next(): Promise<ConmonAnswer | undefined> {
    while (this.#lines.length === 0 && !this.#ended) await this.#news.promise;
    if (this.#failure !== undefined)
      throw errnoOf(this.#failure) === 'ENOENT' ? missing(this.#program, this.#failure) : this.#failure;
    const line = this.#lines.shift();
    return line === undefined ? undefined : parseAnswer(line);
  }

  unref(): void {
    this.#pipe.unref();
  }

  ended(): Promise<void> {
    this.#pipe.ref();
    return this.#end.promise;
  }

  close(): void {
    this.#pipe.destroy();
  }

  #finish(): void {
    this.#ended = true;
    this.#end.resolve();
    this.#wake();
  }

  #wake(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers<void>();
  }
}

/** One line of a sync pipe: `{"data": 1234}` or `{"data": -1, "message": "…"}`. */
export function parseAnswer(line: string): ConmonAnswer {
  const value: unknown = JSON.parse(line);
  if (typeof value === 'object' && value !== null && 'data' in value && typeof value.data === 'number') {
    return {data: value.data, message: 'message' in value ? String(value.message) : ''};
  }
  throw new Error(`conmon answered ${line}`);
}

function missing(program: string, cause?: unknown): EngineError {
  return new EngineError('program-missing', `cannot run ${program}: it is not installed`, {
    hint: `install it with: apt install ${program === conmonProgram ? 'conmon' : 'systemd'}`,
    exit: 125,
    cause,
  });
}

function pipeOf(child: ChildProcess, descriptor: number): Socket {
  const pipe = (child.stdio as readonly unknown[])[descriptor];
  if (!(pipe instanceof Socket)) throw new Error(`conmon has no pipe ${descriptor}`);
  return pipe;
}
