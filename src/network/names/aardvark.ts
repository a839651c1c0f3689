// aardvark-dns: answers names of containers on the gateways of their networks, and forwards others. It puts itself into
// the background, reads a folder with one file a network, and reads it again at SIGHUP, with /etc/resolv.conf.
import {existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {EngineError, errnoOf} from '../../errors.ts';
import {shellWord} from '../../shell/shell-text.ts';
import {readOptionalFile} from '../../system/optional-file.ts';
import {identifyProcess, isAlive, type ProcessIdentity} from '../../system/process-identity.ts';
import {runQuickProgram} from '../../system/quick-program.ts';
import {isRehearsal, isRehearsed, standsFor} from '../../system/rehearsal.ts';
import {inScope} from '../../system/systemd.ts';

const paths = ['/usr/lib/podman/aardvark-dns', '/usr/libexec/podman/aardvark-dns'];

export interface AardvarkNetwork {
  /** Names its file; the same id is never another network. */
  id: string;
  /** Addresses to listen on. */
  gateways: readonly string[];
  /** Where names outside are asked for. Empty: the host's resolvers. */
  resolvers: readonly string[];
  internal: boolean;
  containers: readonly AardvarkContainer[];
}

export interface AardvarkContainer {
  id: string;
  ipv4?: string;
  ipv6?: string;
  names: readonly string[];
  /** Where its questions for names outside go. Absent or empty: the network's. */
  resolvers?: readonly string[];
  /** It is on internal networks only, and so has no way to names outside. */
  isInside: boolean;
}

// Nothing is ever sent there: the kernel refuses a broadcast to a socket that has not asked for it.
const nowhere = '255.255.255.255';

/** From 1.11 on this ending says that names outside are refused; before, it is a part of the name like any other. */
export function networkFileName({id, internal}: Pick<AardvarkNetwork, 'id' | 'internal'>): string {
  return `${id.slice(0, 12)}${internal ? '%int' : ''}`;
}

/**
 * The file of one network: the addresses to listen on and the resolvers, then `ID IPv4 IPv6 NAME,… RESOLVER,…` a
 * container. Names that would break its form are left out: 1.4.0 ends at a file that it cannot read. Pure.
 */
export function networkFile({gateways, resolvers, internal, containers}: AardvarkNetwork): string {
  const head = internal || resolvers.length === 0 ? [gateways] : [gateways, resolvers];
  const lines = containers.map(({id, ipv4 = '', ipv6 = '', names, resolvers: own = [], isInside}) =>
    [
      id,
      ipv4,
      ipv6,
      names.filter((name) => /^[^\s,]+$/.test(name)).join(','),
      // Before 1.11 internal networks are unknown, and all would be forwarded.
      ...(isInside ? [nowhere] : own.length > 0 ? [own.join(',')] : []),
    ].join(' '),
  );
  return [head.map((addresses) => addresses.join(',')).join(' '), ...lines]
    .map((line) => `${line}\n`)
    .join('');
}

export class Aardvark {
  /** Holds the networks' files, and aardvark.pid. */
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Undefined when it does not run. A PID that is another program's by now does not count. */
  running(): ProcessIdentity | undefined {
    const pid = Number(readOptionalFile(join(this.folder, 'aardvark.pid')) ?? 0);
    const found = pid > 0 ? identifyProcess(pid) : undefined;
    return found && readOptionalFile(`/proc/${pid}/cmdline`)?.split('\0').includes(standsFor(this.folder))
      ? found
      : undefined;
  }

  /** Returns when it has read the files. Throws EngineError 'program-missing', 'program-failed'. */
  async start(port: number): Promise<void> {
    const program = paths.find((path) => existsSync(path));
    if (program === undefined) {
      throw new EngineError(
        'program-missing',
        'cannot give containers names: aardvark-dns is not installed',
        {
          hint: 'apt install aardvark-dns',
          exit: 125,
        },
      );
    }
    mkdirSync(this.folder, {recursive: true, mode: 0o700});
    // It stays: not in the login session or the service of the command that happens to need it first.
    const args = ['--config', this.folder, '--port', String(port), 'run'];
    const name = `names-${Date.now().toString(36)}-${process.pid}`;
    const call = inScope({name, description: 'names of containers'}, {program, args});
    await runQuickProgram(call.program, call.args);
    // For the stop that is rehearsed after it.
    if (isRehearsal()) writeFileSync(this.#pidFile, '');
  }

  /** The inodes of its sockets, as /proc/net names them; empty when it does not run. */
  sockets(): Set<string> {
    const found = this.running();
    return new Set(found ? openSockets(found.pid) : []);
  }

  reload(): void {
    this.#signal('SIGHUP');
  }

  /** Returns when it has ended. Idempotent. */
  async stop(): Promise<void> {
    if (isRehearsal() && existsSync(this.#pidFile)) return this.#rehearseStop();
    const found = this.running();
    if (found) {
      this.#signal('SIGTERM');
      for (let waitedMs = 0; isAlive(found); waitedMs += 5) {
        if (waitedMs > 1000) this.#signal('SIGKILL');
        await sleep(5);
      }
    }
    rmSync(this.#pidFile, {force: true});
  }

  get #pidFile(): string {
    return join(this.folder, 'aardvark.pid');
  }

  #rehearseStop(): void {
    const file = shellWord(this.#pidFile);
    isRehearsed(() => ({call: `while kill "$(cat ${file})" 2>/dev/null; do sleep 0.1; done; rm -f ${file}`}));
  }

  #signal(signal: NodeJS.Signals): void {
    const found = this.running();
    if (!found) return;
    if (isRehearsed(() => ({call: `kill -s ${signal.slice(3)} ${found.pid}`}))) return;
    try {
      process.kill(found.pid, signal);
    } catch (error) {
      if (errnoOf(error) !== 'ESRCH') throw error;
    }
  }
}

function openSockets(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).flatMap(
      (fd) => /^socket:\[(\d+)\]$/.exec(readlinkSync(join(folder, fd)))?.[1] ?? [],
    );
  } catch (error) {
    // It ended, or closed one of them, meanwhile.
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ESRCH') return [];
    throw error;
  }
}
