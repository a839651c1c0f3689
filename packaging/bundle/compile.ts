// Leaves V8's compiled code beside every pack, so that starting crundle compiles nothing.

import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** Lines that should be quick above all: what they use is the pack `app`. */
const quickLines = [
  'version',
  'ps -a --no-trunc --filter status=exited',
  'images',
  'inspect absent',
  'exec absent true',
  'rm -f absent',
  'logs absent',
  'container cleanup absent',
];

/** More lines whose code is worth having compiled: as far as they go on an empty store. */
const moreLines = [
  'help',
  'pull -q 127.0.0.1:1/absent',
  'run --rm -i --name aa -e A=1 -v /a:/b -w /c -m 64m --network none --pull never absent true',
];

/** Packs of which every function is compiled: starting a container, which no line on an empty store gets to. */
export const wholePacks = ['run'];

/** The modules that the quick lines use. */
export function quickModules(dist: string): string[] {
  const result = join(dist, 'modules.json');
  runScript(
    [process.execPath],
    dist,
    `require('./crundle.cjs').runLines(${JSON.stringify(quickLines)}).then(({modules}) => {
  require('node:fs').writeFileSync(${JSON.stringify(result)}, JSON.stringify(modules));
});`,
  );
  const modules = JSON.parse(readFileSync(result, 'utf8')) as string[];
  rmSync(result);
  return modules;
}

/**
 * Writes `NAME.v8` beside each `NAME.js`: the functions that the lines called, and of the packs in `whole` every
 * function, since no line gets as far as a container. `node` is how the Node runs that will read them. The same packs
 * and the same Node give the same bytes.
 */
export function compilePacks(
  dist: string,
  whole: readonly string[],
  node: readonly string[] = [process.execPath],
): void {
  runScript(
    node,
    dist,
    `const {globSync, readFileSync, writeFileSync} = require('node:fs');
const {setFlagsFromString} = require('node:v8');
const {Script} = require('node:vm');
function compile(name) {
  return new Script(readFileSync(__dirname + '/' + name + '.js', 'latin1'), {filename: 'crundle/' + name + '.js'});
}
function keep(name, script) {
  writeFileSync(__dirname + '/' + name + '.v8', script.createCachedData());
}
// Before anything else loads these packs: V8 would give what it compiled for them then. The flag is part of what V8
// compares when it reads the code again, and so is back before the code is written.
const whole = ${JSON.stringify(whole)};
setFlagsFromString('--no-lazy');
const scripts = whole.map(compile);
setFlagsFromString('--lazy');
whole.forEach((name, index) => keep(name, scripts[index]));
// Or what a slow machine has not used for a while is not kept.
setFlagsFromString('--no-flush-bytecode');
require('./crundle.cjs').runLines(${JSON.stringify([...quickLines, ...moreLines])}).then(({scripts}) => {
  setFlagsFromString('--flush-bytecode');
  const names = globSync('*.js', {cwd: __dirname}).map((file) => file.slice(0, -'.js'.length));
  for (const name of names) if (!whole.includes(name)) keep(name, scripts.get(name) ?? compile(name));
});`,
  );
}

// V8 lays out tables by a random seed, and writes them so. This seed alone is not among the flags that it compares.
const reproducible = ['--random-seed=1'];

// Runs it beside the packs, with a store of its own.
function runScript(node: readonly string[], dist: string, text: string): void {
  const scratch = mkdtempSync(join(tmpdir(), 'crundle-build-'));
  const file = join(dist, 'build-step.cjs');
  writeFileSync(file, `process.exit = () => {};\n${text}\n`);
  const [program = '', ...before] = node;
  const done = spawnSync(
    program,
    [...before, ...reproducible, '--disable-warning=ExperimentalWarning', '--', file],
    {
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        CRUNDLE_CONFIG: join(scratch, 'config.json'),
        CRUNDLE_DATA_ROOT: join(scratch, 'data'),
        CRUNDLE_RUN_ROOT: join(scratch, 'run'),
      },
    },
  );
  rmSync(scratch, {recursive: true});
  rmSync(file);
  // The lines fail as they should, on what is absent; a bug shows its stack.
  if (done.status === 0 && !done.stderr.includes('has a bug')) return;
  throw new Error(`the bundle does not run: ${done.stderr}`);
}
