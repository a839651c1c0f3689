// dist/crundle.cjs: the file that Node runs. It loads packs with the code that V8 compiled for them, and writes nothing.

export interface CommandFile {
  /** oclif's id, such as `container:cleanup`. */
  id: string;
  /** Below the root. */
  path: string;
  aliases: string[];
}

/**
 * A pack is one file with functions for many modules. Crundle's own modules are in three, each module run when it is
 * first used: `app` holds what most commands use, `run` what starting containers takes besides, `later` what is imported
 * by `import()`, such as the client of registries. Every package is a pack of its own.
 */
export function loaderText(commands: readonly CommandFile[]): string {
  const paths = commands.flatMap(({id, path, aliases}) => [id, ...aliases].map((name) => [name, path]));
  const ids = commands.map(({id}) => id);
  return `'use strict';
const {Script} = require('node:vm');
const {readFileSync} = require('node:fs');
const root = __dirname.slice(0, -'/dist'.length);
const packs = new Map();
const modules = new Map();
let scripts; // kept only while the build runs

function runPack(name, ...parameters) {
  const text = readFileSync(__dirname + '/' + name + '.js', 'latin1');
  // Not the path: V8 writes the name into the compiled code, which is the same wherever it was built.
  const script = new Script(text, {filename: 'crundle/' + name + '.js', cachedData: compiled(name)});
  scripts?.set(name, script);
  return script.runInThisContext()(...parameters);
}

function compiled(name) {
  try {
    return readFileSync(__dirname + '/' + name + '.v8');
  } catch {}
}

function crundlePackage(name) {
  let module = packs.get(name);
  if (module === undefined) {
    packs.set(name, (module = {exports: {}}));
    runPack(packFiles[name], module.exports, require, module, crundlePackage);
  }
  return module.exports;
}

function crundleModule(path) {
  let module = modules.get(path);
  if (module === undefined) {
    modules.set(path, (module = {exports: {}}));
    moduleOf(path)(module.exports, module, root + '/' + path.slice(0, path.lastIndexOf('/')));
  }
  return module.exports;
}

function moduleOf(path) {
  for (const pack of modulePacks) {
    pack.modules ??= runPack(pack.name, require, crundleModule, crundlePackage);
    if (path in pack.modules) return pack.modules[path];
  }
  throw new Error('crundle was built without ' + path);
}

const packFiles = PACK_FILES;
const modulePacks = [{name: 'app'}, {name: 'run'}, {name: 'later'}];
const paths = ${JSON.stringify(Object.fromEntries(paths), null, 2)};
const table = {};
for (const id in paths) table[id] = () => crundleModule(paths[id]).default;

// What oclif asks for when a plugin runs one of crundle's commands.
exports.COMMANDS = {};
for (const id of ${JSON.stringify(ids)}) {
  Object.defineProperty(exports.COMMANDS, id, {enumerable: true, get: table[id]});
}

// For the build: runs lines in one process, and tells which modules they used and what was compiled for them.
exports.runLines = async (lines) => {
  scripts = new Map();
  await crundleModule('src/cli/main.ts').runLines(lines, table);
  return {scripts, modules: [...modules.keys()]};
};

if (require.main === module) crundleModule('src/cli/main.ts').main(process.argv.slice(2), table);
`;
}
