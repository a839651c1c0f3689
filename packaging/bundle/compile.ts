// Has Node run the packs, to see which modules the quick commands use, and keeps what V8 compiled meanwhile, so that
// starting crundle compiles nothing.

import {spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {readPacks, writePacks} from './packs-file.ts';

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
const wholePacks = ['run'];

/** The modules that the quick lines use. `dist` holds the loader and the packs. */
export function quickModules(dist: string): string[] {
  return inScratchFolder((scratch) => {
    runLines(
      [process.execPath],
      scratch,
      `const loader = require(${JSON.stringify(join(dist, 'crundle.cjs'))});
loader.runLines(${JSON.stringify(quickLines)}).then((modules) => {
  require('node:fs').writeFileSync(__dirname + '/modules.json', JSON.stringify(modules));
});`,
    );
    return JSON.parse(readFileSync(join(scratch, 'modules.json'), 'utf8')) as string[];
  });
}

/**
 * Puts compiled code beside every pack: the functions that the lines called, and of the packs in `wholePacks` every
 * function. `node` is how the Node runs that will read them. The same packs and the same Node give the same bytes.
 */
export function compilePacks(dist: string, node: readonly string[] = [process.execPath]): void {
  const path = join(dist, 'crundle.packs');
  const packs = readPacks(path);
  inScratchFolder((scratch) => {
    mkdirSync(join(scratch, 'packs'));
    for (const [name, {text}] of packs) writeFileSync(join(scratch, 'packs', name), text);
    runLines(node, scratch, compileText(dist, [...packs.keys()]));
    for (const [name, pack] of packs) pack.code = readFileSync(join(scratch, 'packs', `${name}.v8`));
  });
  writePacks(path, packs);
}

function compileText(dist: string, names: readonly string[]): string {
  return `const {readFileSync, writeFileSync} = require('node:fs');
const {setFlagsFromString} = require('node:v8');
const {Script} = require('node:vm');
function compile(name) {
  const text = readFileSync(__dirname + '/packs/' + name, 'latin1');
  return new Script(text, {filename: 'crundle/' + name + '.js'});
}
// Flags are part of what V8 compares when it reads the code again, and so are back before the code is written.
// Before anything else loads these packs: V8 would give what it compiled for them then.
setFlagsFromString('--no-lazy');
const whole = new Map(${JSON.stringify(wholePacks)}.map((name) => [name, compile(name)]));
setFlagsFromString('--lazy');
for (const flag of ${JSON.stringify(dependOnSpeed)}) setFlagsFromString('--no-' + flag);
const loader = require(${JSON.stringify(join(dist, 'crundle.cjs'))});
const scripts = loader.keepScripts();
loader.runLines(${JSON.stringify([...quickLines, ...moreLines])}).then(() => {
  for (const flag of ${JSON.stringify(dependOnSpeed)}) setFlagsFromString('--' + flag);
  for (const name of ${JSON.stringify(names)}) {
    const script = whole.get(name) ?? scripts.get(name) ?? compile(name);
    writeFileSync(__dirname + '/packs/' + name + '.v8', script.createCachedData());
  }
});`;
}

// Forgetting what has not run for a while, and compiling to machine code in other threads, which leaves marks on functions.
const dependOnSpeed = ['flush-bytecode', 'sparkplug', 'maglev', 'turbofan'];

// V8 lays out tables by a random seed, and writes them so. This seed alone is not among the flags that it compares.
const reproducible = ['--random-seed=1'];

// Runs the text with a store of its own.
function runLines(node: readonly string[], scratch: string, text: string): void {
  const file = join(scratch, 'build-step.cjs');
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
  if (done.error) throw done.error;
  // The lines fail as they should, on what is absent; a bug shows its stack.
  if (done.status === 0 && !done.stderr.includes('has a bug')) return;
  throw new Error(`the bundle does not run: ${done.stderr}`);
}

function inScratchFolder<T>(use: (scratch: string) => T): T {
  const scratch = mkdtempSync(join(tmpdir(), 'crundle-build-'));
  try {
    return use(scratch);
  } finally {
    rmSync(scratch, {recursive: true});
  }
}
