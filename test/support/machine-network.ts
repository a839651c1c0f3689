// The network of the machine that the tests run on: what no test may change.
import {spawnSync} from 'node:child_process';

const questions: readonly (readonly string[])[] = [
  // Without counters, which count on while we look.
  ['nft', '--stateless', 'list', 'ruleset'],
  ['ip', '-j', 'addr'],
  ['ip', '-j', '-4', 'route', 'show', 'table', 'all'],
  ['ip', '-j', '-6', 'route', 'show', 'table', 'all'],
];

/** Command line -> its output. Lifetimes of addresses and routes, which run down by themselves, are left out. */
export type MachineNetwork = Record<string, string>;

export function readMachineNetwork(): MachineNetwork {
  return Object.fromEntries(
    questions.map(([program = '', ...args]) => {
      const {stdout, stderr, error} = spawnSync(program, args, {encoding: 'utf8', maxBuffer: 2 ** 26});
      return [[program, ...args].join(' '), error ? error.message : withoutLifetimes(`${stdout}${stderr}`)];
    }),
  );
}

function withoutLifetimes(text: string): string {
  return text.replace(/,?"(valid_life_time|preferred_life_time|expires|age)":-?\d+/g, '');
}

/** A text for each command line whose output differs: what it was and what it is now. */
export function networkDifferences(before: MachineNetwork, after: MachineNetwork): string[] {
  return Object.keys(before)
    .filter((question) => before[question] !== after[question])
    .map((question) => `'${question}' was\n${before[question]}\nand is\n${after[question]}`);
}
