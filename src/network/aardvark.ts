// aardvark-dns: answers names of containers on the gateways of their networks, and forwards others. It puts itself into
// the background, reads a folder with one file a network, and reads it again at SIGHUP, with /etc/resolv.conf.
import {existsSync, mkdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {EngineError, errnoOf} from '../errors.ts';
import {readOptionalFile} from '../system/optional-file.ts';
import {identifyProcess, isAlive, type ProcessIdentity} from '../system/process-identity.ts';
import {runQuickProgram} from '../system/quick-program.ts';

const paths = ['/usr/lib/podman/aardvark-dns', '/usr/libexec/podman/aardvark-dns'];

export interface AardvarkNetwork {
  /** The file's name. */
  name: string;
  /** Addresses to listen on. */
  gateways: readonly string[];
  containers: readonly {id: string; ipv4?: string; ipv6?: string; names: readonly string[]}[];
}

/** The file of one network: the addresses to listen on, then `ID IPv4 IPv6 NAME,…` a container. Pure. */
export function networkFile({gateways, containers}: AardvarkNetwork): string {
  const lines = containers.map(
    ({id, ipv4 = '', ipv6 = '', names}) => `${id} ${ipv4} ${ipv6} ${names.join(',')}`,
  );
  return [gateways.join(','), ...lines].map((line) => `${line}\n`).join('');
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
    return found && readOptionalFile(`/proc/${pid}/cmdline`)?.split('\0').includes(this.folder)
      ? found
      : undefined;
  }

  /**
   * Returns when it listens. With `resolvConf` it forwards to the servers of that file and not to those of the host.
   * Throws EngineError 'program-missing', 'program-failed'.
   */
  async start(port: number, {resolvConf}: {resolvConf?: string} = {}): Promise<void> {
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
    const args = [program, '--config', this.folder, '--port', String(port), 'run'];
    if (resolvConf === undefined) await runQuickProgram(program, args.slice(1));
    else {
      // In a mount namespace of its own, where that file is the host's.
      const script = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"';
      await runQuickProgram('unshare', ['-m', 'sh', '-c', script, 'sh', resolvConf, ...args]);
    }
  }

  reload(): void {
    this.#signal('SIGHUP');
  }

  /** Returns when it has ended. Idempotent. */
  async stop(): Promise<void> {
    const found = this.running();
    if (found) {
      this.#signal('SIGTERM');
      for (let waitedMs = 0; isAlive(found); waitedMs += 5) {
        if (waitedMs > 1000) this.#signal('SIGKILL');
        await sleep(5);
      }
    }
    rmSync(join(this.folder, 'aardvark.pid'), {force: true});
  }

  #signal(signal: NodeJS.Signals): void {
    const found = this.running();
    if (!found) return;
    try {
      process.kill(found.pid, signal);
    } catch (error) {
      if (errnoOf(error) !== 'ESRCH') throw error;
    }
  }
}
