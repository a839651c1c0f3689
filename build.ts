// Builds dist/: one CommonJS bundle with every command, V8's compiled code for it, and oclif's manifest beside package.json.
// Run with `node build.ts`. Why one CommonJS file with lazy parts: docs/decisions/0050-start-up.md.

import {spawnSync} from 'node:child_process';
import {existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {Plugin as OclifPlugin} from '@oclif/core/config';
import {build, type Plugin} from 'esbuild';

const root = import.meta.dirname;
// Built aside and put in place whole: somebody may be running the one before.
const finalDist = join(root, 'dist');
const dist = `${finalDist}.new`;
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {version: string};

interface CommandFile {
  id: string;
  path: string;
  aliases: string[];
}

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

/** The bundle's entry: the table of commands, each loaded when it is asked for. */
function entryText(commands: CommandFile[]): string {
  const rows = commands.flatMap(({id, path, aliases}) =>
    [id, ...aliases].map((name) => `  ${JSON.stringify(name)}: () => require('./${path}').default,`),
  );
  return [
    "import {main, warmUp as warmUpWith} from './src/cli/main.ts';",
    `const table = {\n${rows.join('\n')}\n};`,
    '// What oclif asks for when a plugin runs one of these commands.',
    'export const COMMANDS = {};',
    ...commands.map(({id}) => {
      const name = JSON.stringify(id);
      return `Object.defineProperty(COMMANDS, ${name}, {enumerable: true, get: () => table[${name}]()});`;
    }),
    // The build compiles by running a few lines in one process; see compile().
    'export const warmUp = () => warmUpWith(table);',
    'if (require.main === module) main(process.argv.slice(2), table);',
  ].join('\n');
}

/**
 * Makes oclif's own modules load each other when first used. They are TypeScript's CommonJS output, which always
 * reaches an import through its `name_1.` variable, so that a variable can become a function without other changes.
 */
const lazyOclif: Plugin = {
  name: 'lazy-oclif',
  setup({onLoad}) {
    onLoad({filter: /\/@oclif\/core\/lib\/.*\.js$/}, ({path}) => {
      let text = readFileSync(path, 'utf8');
      const imports = /^const (\w+) = ((?:__importDefault|__importStar)?\(?require\("[^"]+"\)\)?);$/gm;
      const names: string[] = [];
      text = text.replace(imports, (_line, name: string, load: string) => {
        names.push(name);
        return `let ${name}$;const ${name} = () => ${name}$ ??= ${load};`;
      });
      for (const name of names) {
        text = text.replace(new RegExp(`\\bnew ${name}((?:\\.\\w+)+)`, 'g'), `new (${name}()$1)`);
        text = text.replace(new RegExp(`\\b${name}\\.`, 'g'), `${name}().`);
      }
      // Making process.stdout costs 3 ms, and standard-streams.ts leaves a closed pipe itself.
      if (path.endsWith('/lib/command.js'))
        text = without(text, /^process\.stdout\.on\('error'(?:.|\n)*?^\}\);$/m);
      return {contents: text, loader: 'js'};
    });
  },
};

function without(text: string, part: RegExp): string {
  if (!part.test(text)) throw new Error(`oclif has changed: ${part} is not there`);
  return text.replace(part, '');
}

async function bundle(commands: CommandFile[]): Promise<void> {
  await build({
    stdin: {contents: entryText(commands), resolveDir: root, sourcefile: 'entry.js', loader: 'js'},
    outfile: join(dist, 'main.cjs'),
    bundle: true,
    platform: 'node',
    target: 'node26',
    format: 'cjs',
    // Node's loader of ES modules costs more than every module that is loaded late.
    supported: {'dynamic-import': false},
    plugins: [lazyOclif, missingModules],
    define: {CRUNDLE_VERSION: JSON.stringify(packageJson.version), 'import.meta.dirname': '__dirname'},
    legalComments: 'none',
    logLevel: 'warning',
  });
}

/**
 * The file that Node runs: main.cjs with V8's compiled code for it. Node's own compile cache would write into dist/
 * at run time, and holds only what its first run happened to need.
 */
const loaderText = `const {Script} = require('node:vm');
const {readFileSync} = require('node:fs');
const filename = __dirname + '/main.cjs';
const source = '(function (exports, require, module, __filename, __dirname) {' + readFileSync(filename, 'latin1') + '\\n})';
let cachedData;
try {
  cachedData = readFileSync(__dirname + '/main.v8');
} catch {}
const script = new Script(source, {filename, cachedData});
script.runInThisContext()(exports, require, module, filename, __dirname);
module.exports.script = script;
`;

// Runs commands that reach what every command needs, and keeps what V8 compiled for them.
const warmUpText = `const {writeFileSync} = require('node:fs');
process.argv = [process.argv[0], process.argv[1], 'version'];
const loaded = require('./crundle.cjs');
process.exit = () => {};
loaded.warmUp().then(() => writeFileSync(__dirname + '/main.v8', loaded.script.createCachedData()));
`;

function compile(): void {
  writeFileSync(join(dist, 'crundle.cjs'), loaderText);
  const warmUp = join(dist, 'warm-up.cjs');
  writeFileSync(warmUp, warmUpText);
  const done = spawnSync(process.execPath, [warmUp], {encoding: 'utf8'});
  if (done.status !== 0) throw new Error(`the bundle fails to start: ${done.stderr}`);
  rmSync(warmUp);
}

let withoutEngine = false;

// TEMPORARY: while modules are still being written, a missing one fails when it is used and not when it is bundled.
const missingModules: Plugin = {
  name: 'missing-modules',
  setup({onResolve, onLoad}) {
    onResolve({filter: /^\./}, ({path, resolveDir}) =>
      (existsSync(join(resolveDir, path)) || !path.endsWith('.ts')) &&
      !(withoutEngine && path.endsWith('/engine.ts'))
        ? undefined
        : {path, namespace: 'missing'},
    );
    onLoad({filter: /./, namespace: 'missing'}, ({path}) => ({
      contents: `module.exports = new Proxy({}, {get() { throw new Error('missing module ${path}') }})`,
      loader: 'js',
    }));
  },
};

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

rmSync(dist, {recursive: true, force: true});
const commands = await findCommands();
try {
  await bundle(commands);
} catch (error) {
  // TEMPORARY, with missingModules.
  console.error(`bundled without the engine: ${String(error)}`);
  withoutEngine = true;
  await bundle(commands);
}
compile();
const previous = `${finalDist}.old`;
rmSync(previous, {recursive: true, force: true});
if (existsSync(finalDist)) renameSync(finalDist, previous);
renameSync(dist, finalDist);
rmSync(previous, {recursive: true, force: true});
await writeManifest();
