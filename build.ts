// Builds dist/ and oclif.manifest.json. Run with `node build.ts`. What lies in dist/ and why: docs/decisions/0050-start-up.md.

import {
  chmodSync,
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {Plugin as OclifPlugin} from '@oclif/core/config';
import {type BuildOptions, build} from 'esbuild';
import {compilePacks, quickModules} from './packaging/bundle/compile.ts';
import {type CommandFile, mainText} from './packaging/bundle/main-text.ts';
import {helpersText, type ModuleText, moduleText, target} from './packaging/bundle/module-text.ts';
import {oclifPacks, wholeOclifEntry} from './packaging/bundle/oclif-packs.ts';
import {type Packs, writePacks} from './packaging/bundle/packs-file.ts';

type Module = ModuleText & {path: string};

const root = import.meta.dirname;
const finalDist = join(root, 'dist');
// Built aside and put in place whole: somebody may be running the one before.
mkdirSync(join(root, '.cache'), {recursive: true});
const dist = mkdtempSync(join(root, '.cache/dist-'));
process.on('exit', () => rmSync(dist, {recursive: true, force: true}));

const commands = await findCommands();
const modules = await readModules();
const packs: Packs = new Map();
/** Folders below the root of the packages that a pack holds code of. */
const bundledPackages = new Set<string>();
copyFileSync(join(root, 'packaging/bundle/loader.cjs'), join(dist, 'crundle.cjs'));
const packageFiles = await addPackages(new Set(modules.flatMap((module) => module.packages)));
addPack('main', mainText(commands, packageFiles));
await addModules();
writePacks(join(dist, 'crundle.packs'), packs);
compilePacks(dist);
// For the package's list of licences.
writeFileSync(join(dist, 'packages.json'), `${JSON.stringify([...bundledPackages].sort(), null, 2)}\n`);
putInPlace();
await writeManifest();

async function findCommands(): Promise<CommandFile[]> {
  const paths = globSync('commands/**/*.ts', {cwd: root}).sort();
  return await Promise.all(
    paths.map(async (path) => {
      const id = path.slice('commands/'.length, -'.ts'.length).replaceAll('/', ':');
      const module = (await import(join(root, path))) as {default: {id: string; aliases: string[]}};
      if (module.default.id !== id)
        throw new Error(`${path}: its static id is '${module.default.id}', not '${id}'`);
      return {id, path, aliases: module.default.aliases};
    }),
  );
}

async function readModules(): Promise<Module[]> {
  const paths = globSync(['commands/**/*.ts', 'src/**/*.ts', 'bundles/**/*.{ts,json}'], {cwd: root}).sort();
  return await Promise.all(
    [...paths, 'package.json'].map(async (path) => ({
      path,
      ...(await moduleText(path, readFileSync(join(root, path), 'utf8'))),
    })),
  );
}

/** Makes the packs of crundle's own modules: `app`, `run` and `later`. */
async function addModules(): Promise<void> {
  const soon = reachable(['src/cli/main.ts', 'src/engine.ts', ...commands.map(({path}) => path)]);
  const helpers = await helpersText();
  const add = (name: string, isIn: (path: string) => boolean) => {
    const rows = modules.flatMap(({path, text}) =>
      isIn(path) ? [`${JSON.stringify(path)}: ${text},\n`] : [],
    );
    const parameters = 'require, crundleModule, crundlePackage';
    addPack(name, `(function (${parameters}) {\n${helpers}return {\n${rows.join('')}};\n})`);
  };
  add('app', (path) => soon.has(path));
  add('run', () => false);
  add('later', (path) => !soon.has(path));
  writePacks(join(dist, 'crundle.packs'), packs);
  const quick = new Set(quickModules(dist).filter((path) => soon.has(path)));
  add('app', (path) => quick.has(path));
  add('run', (path) => soon.has(path) && !quick.has(path));
}

/** The modules that `roots` lead to without `import()`: what a command may need at once. */
function reachable(roots: string[]): Set<string> {
  const importsOf = new Map(modules.map(({path, imports}) => [path, imports]));
  const found = new Set<string>();
  const visit = (path: string) => {
    if (found.has(path)) return;
    found.add(path);
    importsOf.get(path)?.forEach(visit);
  };
  roots.forEach(visit);
  return found;
}

/** Makes a pack for every package; returns the packs' names. */
async function addPackages(names: Set<string>): Promise<Record<string, string>> {
  const {light, whole, late} = oclifPacks(root);
  const files: Record<string, string> = {};
  for (const name of names) {
    if (name === '@oclif/core/config') {
      files[name] = 'oclif';
      continue;
    }
    const file = name.replaceAll('/', '-').replace('@', '');
    files[name] = file;
    addPack(
      file,
      wrapped(await bundled(`module.exports = require(${JSON.stringify(name)})`, {plugins: [light]})),
    );
  }
  files.oclif = 'oclif';
  addPack('oclif', wrapped(await bundled(wholeOclifEntry(late), {plugins: [whole]})));
  return files;
}

async function bundled(contents: string, options: BuildOptions): Promise<string> {
  const {outputFiles, metafile} = await build({
    stdin: {contents, resolveDir: root, sourcefile: 'entry.js', loader: 'js'},
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    target,
    format: 'cjs',
    // oclif looks for it to run plugins that are written in TypeScript.
    external: ['typescript'],
    supported: {'dynamic-import': false},
    legalComments: 'none',
    logLevel: 'warning',
    ...options,
  });
  // The innermost package of each file.
  for (const path of Object.keys(metafile?.inputs ?? {})) {
    const [, name] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
    if (name !== undefined) bundledPackages.add(name);
  }
  return outputFiles?.[0]?.text ?? '';
}

function wrapped(text: string): string {
  return `(function (exports, require, module, crundlePackage) {\n${text}})`;
}

// The loader reads packs as Latin-1, the cheapest string there is, so that they must be ASCII.
function addPack(name: string, text: string): void {
  const ascii = text.replace(
    /[^\0-\x7f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  packs.set(name, {text: ascii});
}

function putInPlace(): void {
  const previous = `${dist}.old`;
  if (existsSync(finalDist)) renameSync(finalDist, previous);
  chmodSync(dist, 0o755);
  renameSync(dist, finalDist);
  rmSync(previous, {recursive: true, force: true});
}

/** oclif.manifest.json, which oclif reads instead of loading every command. */
async function writeManifest(): Promise<void> {
  const plugin = new OclifPlugin({
    root,
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
  });
  await plugin.load();
  writeFileSync(join(root, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest, null, 2)}\n`);
}
