// oclif in two packs: the light one is what running a command of crundle's needs, the whole one is for plugins.

import {existsSync, readFileSync, realpathSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';
import type {Plugin} from 'esbuild';
import {callInsteadOf} from './module-text.ts';

export interface OclifPacks {
  /** For the light pack; gathers in `late` the modules it leaves to the whole one. */
  light: Plugin;
  /** For the whole pack. */
  whole: Plugin;
  /** Names below oclif's lib folder, or of packages. */
  late: Set<string>;
}

const lightModules = [
  'cache',
  'command',
  'errors/error',
  'errors/errors/cli',
  'errors/errors/exit',
  'errors/index',
  'flags',
  'logger',
  'parser/errors',
  'parser/index',
  'parser/parse',
  'parser/validate',
  'util/aggregate-flags',
  'util/util',
].map((name) => `${name}.js`);

export function oclifPacks(root: string): OclifPacks {
  // As esbuild names it, should node_modules be a link.
  const lib = realpathSync(join(root, 'node_modules/@oclif/core/lib'));
  const late = new Set<string>();
  const source = (importer: string, from: string, isLight: boolean): string => {
    if (!isLight || from.startsWith('node:')) return `require("${from}")`;
    const name = from.startsWith('.') ? relative(lib, resolveModule(dirname(importer), from)) : from;
    if (lightModules.includes(name)) return `require("${from}")`;
    late.add(name);
    return `crundlePackage("oclif").late(${JSON.stringify(name)})`;
  };
  return {
    light: plugin((path, from) => source(path, from, lightModules.includes(relative(lib, path)))),
    whole: plugin((path, from) => source(path, from, false)),
    late,
  };
}

/** The entry of the whole pack: what the light one asks it for, and Config. */
export function wholeOclifEntry(late: Iterable<string>): string {
  const rows = [...late].sort().map((name) => {
    const from = name.endsWith('.js') ? `./node_modules/@oclif/core/lib/${name}` : name;
    return `  ${JSON.stringify(name)}: () => require(${JSON.stringify(from)}),`;
  });
  return `const modules = {\n${rows.join('\n')}\n};
exports.late = (name) => modules[name]();
Object.defineProperty(exports, 'Config', {enumerable: true, get: () => require('@oclif/core/config').Config});`;
}

/**
 * Makes oclif's modules load each other when first used. They are TypeScript's CommonJS output, which reaches an
 * import through a variable and a dot, always, so that the variable can become a function without other changes.
 */
function plugin(source: (importer: string, from: string) => string): Plugin {
  return {
    name: 'lazy-oclif',
    setup({onLoad}) {
      onLoad({filter: /\/@oclif\/core\/lib\/.*\.js$/}, ({path}) => {
        const imports =
          /^(?:const|var) (\w+) = ((?:__importDefault|__importStar)?\(?)require\("([^"]+)"\)(\)?);$/gm;
        const names: string[] = [];
        let text = readFileSync(path, 'utf8').replace(
          imports,
          (_line, name: string, before: string, from: string, after: string) => {
            names.push(name);
            return `let ${name}$; const ${name} = () => ${name}$ ??= ${before}${source(path, from)}${after};`;
          },
        );
        for (const name of names) text = callInsteadOf(name, text);
        // Making process.stdout costs 3 ms, and standard-streams.ts leaves a closed pipe itself.
        if (path.endsWith('/lib/command.js'))
          text = without(text, /^process\.stdout\.on\('error'(?:.|\n)*?^\}\);$/m);
        return {contents: text, loader: 'js'};
      });
    },
  };
}

function resolveModule(folder: string, from: string): string {
  const plain = join(folder, from);
  return existsSync(`${plain}.js`) ? `${plain}.js` : join(plain, 'index.js');
}

function without(text: string, part: RegExp): string {
  if (!part.test(text)) throw new Error(`oclif has changed: ${part} is not there`);
  return text.replace(part, '');
}
