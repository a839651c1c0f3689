// apt's view of an empty machine of any architecture, in a folder of its own: this machine's sources, none of its state.

import {mkdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {runProgram} from './run-program.ts';

export interface AptPackage {
  name: string;
  /** What is downloaded. */
  sizeBytes: number;
  installedBytes: number;
}

const dayMs = 24 * 60 * 60 * 1000;

export class ForeignApt {
  readonly #folder: string;
  readonly #options: string[];

  /** `architecture` as dpkg calls it. */
  constructor(folder: string, architecture: string) {
    this.#folder = folder;
    this.#options = [
      `APT::Architecture=${architecture}`,
      `APT::Architectures=${architecture}`,
      `Dir::State=${folder}/state`,
      `Dir::State::lists=${folder}/lists`,
      'Dir::State::status=/dev/null',
      `Dir::Cache=${folder}/cache`,
      'Acquire::Languages=none',
      // Nothing here is shared with another apt; simulating as somebody else than root would say so.
      'Debug::NoLocking=true',
    ].flatMap((option) => ['-o', option]);
  }

  /** Fetches the lists of packages if there are none of today. Throws when the archive is out of reach. */
  update(): void {
    for (const name of ['state', 'lists/partial', 'cache/archives/partial'])
      mkdirSync(join(this.#folder, name), {recursive: true});
    const stamp = join(this.#folder, 'cache/pkgcache.bin');
    const made = statSync(stamp, {throwIfNoEntry: false})?.mtimeMs ?? 0;
    if (Date.now() - made < dayMs) return;
    this.#run('apt-get', ['-qq', '--error-on=any', 'update']);
  }

  /** Everything that apt would install on the empty machine for `wanted`: names, patterns, or paths of packages. */
  closure(wanted: readonly string[], {recommends}: {recommends: boolean}): string[] {
    const flag = recommends ? '--install-recommends' : '--no-install-recommends';
    const text = this.#run('apt-get', ['--simulate', flag, 'install', ...wanted]);
    return [...text.matchAll(/^Inst (\S+) \((\S+) /gm)].map(
      ([, name = '', version = '']) => `${name}=${version}`,
    );
  }

  /** `versioned` as closure() gives it; what no list knows, such as a package in a file, is left out. */
  describe(versioned: readonly string[]): AptPackage[] {
    const text = this.#run('apt-cache', ['show', ...versioned]);
    return text
      .split('\n\n')
      .filter((paragraph) => paragraph.trim() !== '')
      .map((paragraph) => {
        const field = (name: string) => new RegExp(`^${name}: (.+)$`, 'm').exec(paragraph)?.[1] ?? '';
        return {
          name: field('Package'),
          sizeBytes: Number(field('Size')),
          installedBytes: Number(field('Installed-Size')) * 1024,
        };
      });
  }

  #run(program: string, args: string[]): string {
    return runProgram(program, [...this.#options, ...args], {env: {...process.env, LC_ALL: 'C'}});
  }
}
