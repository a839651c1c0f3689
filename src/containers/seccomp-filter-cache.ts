// Keeps what crun compiles a container's seccomp rules to, so that the next container with the same rules starts
// without that: libseccomp takes 5 to 20 ms for it, which is a third of a start. See docs/decisions/0031.
import {createHash} from 'node:crypto';
import {copyFileSync, mkdirSync, readFileSync, renameSync, statSync} from 'node:fs';
import {release} from 'node:os';
import {join} from 'node:path';
import {errnoOf} from '../errors.ts';
import type {RuntimeConfig, Seccomp} from '../oci/runtime-spec.ts';
import {isRehearsal} from '../system/rehearsal.ts';

/** crun(1): a filter in base64 that is loaded as it is, in place of `linux.seccomp`. */
const annotation = 'run.oci.seccomp_bpf_data';

/**
 * `folder` is made when first needed, and may be removed at any time. It belongs below the run root, which a reboot
 * empties: a filter that a power cut tore would keep every container from starting.
 */
export class SeccompFilterCache {
  readonly #folder: string;
  readonly #crun: string;

  constructor(folder: string, crunPath = '/usr/bin/crun') {
    this.#folder = folder;
    this.#crun = crunPath;
  }

  /** The config with the compiled filter in it, when one is kept. The rules stay too, for other runtimes. */
  addTo(config: RuntimeConfig): RuntimeConfig {
    const filter = config.linux.seccomp && this.#read(config.linux.seccomp);
    if (!filter) return config;
    return {...config, annotations: {...config.annotations, [annotation]: filter.toString('base64')}};
  }

  /**
   * Keeps what crun has compiled for a container that it has just created: `stateFolder` is `CRUN_ROOT/ID`. Does
   * nothing when it is kept already, or when the container had no filter. Safe against others that do the same.
   */
  keep(config: RuntimeConfig, stateFolder: string): void {
    const {seccomp} = config.linux;
    if (seccomp === undefined || isRehearsal() || config.annotations?.[annotation] !== undefined) return;
    const path = this.#pathOf(seccomp);
    const unfinished = `${path}.${process.pid}`;
    try {
      mkdirSync(this.#folder, {recursive: true, mode: 0o700});
      copyFileSync(join(stateFolder, 'seccomp.bpf'), unfinished);
    } catch (error) {
      // Another runtime, or a crun that keeps its filters elsewhere: then there is nothing to gain.
      if (errnoOf(error) === 'ENOENT') return;
      throw error;
    }
    renameSync(unfinished, path);
  }

  #read(seccomp: Seccomp): Buffer | undefined {
    try {
      return readFileSync(this.#pathOf(seccomp));
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  // Another kernel or another crun may make another filter of the same rules.
  #pathOf(seccomp: Seccomp): string {
    const {mtimeMs, size} = statSync(this.#crun, {throwIfNoEntry: false}) ?? {mtimeMs: 0, size: 0};
    const key = [JSON.stringify(seccomp, bigintAsText), release(), process.arch, mtimeMs, size].join('\0');
    return join(this.#folder, createHash('sha256').update(key).digest('hex'));
  }
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
