// The pack `main`, which the loader runs first: it knows what is in which pack, and the commands.

export interface CommandFile {
  /** oclif's id, such as `container:cleanup`. */
  id: string;
  /** Below the root. */
  path: string;
  aliases: string[];
}

/**
 * A pack is a function with functions for many modules. Crundle's own modules are in three, each module run when it is
 * first used: `app` holds what most commands use, `run` what starting containers takes besides, `later` what is imported
 * by `import()`, such as the client of registries. Every package is a pack of its own: `packageFiles` names it.
 */
export function mainText(commands: readonly CommandFile[], packageFiles: Record<string, string>): string {
  const paths = commands.flatMap(({id, path, aliases}) => [id, ...aliases].map((name) => [name, path]));
  const ids = commands.map(({id}) => id);
  return `(function (exports, require, module, dist) {
'use strict';
const root = dist.slice(0, -'/dist'.length);
const packs = new Map();
const modules = new Map();

function crundlePackage(name) {
  let module = packs.get(name);
  if (module === undefined) {
    packs.set(name, (module = {exports: {}}));
    loader.runPack(packFiles[name], module.exports, require, module, crundlePackage);
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
    pack.modules ??= loader.runPack(pack.name, require, crundleModule, crundlePackage);
    if (path in pack.modules) return pack.modules[path];
  }
  throw new Error('crundle was built without ' + path);
}

const loader = exports;
const packFiles = ${JSON.stringify(packageFiles)};
const modulePacks = [{name: 'app'}, {name: 'run'}, {name: 'later'}];
const paths = ${JSON.stringify(Object.fromEntries(paths), null, 2)};
const table = {};
for (const id in paths) table[id] = () => crundleModule(paths[id]).default;

// What oclif asks for when a plugin runs one of crundle's commands.
exports.COMMANDS = {};
for (const id of ${JSON.stringify(ids)}) {
  Object.defineProperty(exports.COMMANDS, id, {enumerable: true, get: table[id]});
}

// For the build: runs lines in one process, and tells which modules they used.
exports.runLines = async (lines) => {
  await crundleModule('src/cli/main.ts').runLines(lines, table);
  return [...modules.keys()];
};

if (require.main === module) crundleModule('src/cli/main.ts').main(process.argv.slice(2), table);
})`;
}
