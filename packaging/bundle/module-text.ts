// One source file as a CommonJS function that loads what it imports when it first uses it. Pure but for esbuild.

import {posix} from 'node:path';
import {type TransformOptions, transform} from 'esbuild';

/** The version of JavaScript that the pinned Node runs without changes. */
export const target = 'node26';

export interface ModuleText {
  /** A function expression of (exports, module, __dirname). */
  text: string;
  /** Packages that it imports, by specifier. */
  packages: string[];
  /** Modules that it imports, but for those by `import()`. */
  imports: string[];
}

/** `path` is the file's path below the root, with slashes. JSON files become a module too. */
export async function moduleText(path: string, source: string): Promise<ModuleText> {
  if (path.endsWith('.json'))
    return {
      text: `function (exports, module) {module.exports = ${source.trim()};}`,
      packages: [],
      imports: [],
    };
  const {code} = await transform(source, options);
  const packages = new Set<string>();
  const body = code
    .slice(code.indexOf('var stdin_exports'))
    .replace(/\n\/\/ Annotate the CommonJS export names(?:.|\n)*$/, '\n')
    .replace(
      'var stdin_exports = {};',
      'var stdin_exports = __defProp(exports, "__esModule", {value: true});',
    )
    .replace('module.exports = __toCommonJS(stdin_exports);\n', '')
    .replace(/\brequire\("([^"]+)"\)/g, (_all, from: string) => {
      if (from.startsWith('node:')) return `require("${from}")`;
      if (from.startsWith('.')) return `crundleModule("${posix.join(posix.dirname(path), from)}")`;
      packages.add(from);
      return `crundlePackage("${from}")`;
    });
  const imports = [...body.matchAll(/^var .*\bcrundleModule\("([^"]+)"\)/gm)].map(([, from = '']) => from);
  return {
    text: `function (exports, module, __dirname) {${lazyImports(body)}}`,
    packages: [...packages],
    imports,
  };
}

/** esbuild's helper functions, which every module's text refers to. */
export async function helpersText(): Promise<string> {
  const all = 'import a, * as b from "a"; export * from "c"; export const d = [a, b]; import("e");';
  const {code} = await transform(all, options);
  return code.slice(0, code.indexOf('var stdin_exports'));
}

const options: TransformOptions = {
  loader: 'ts',
  format: 'cjs',
  platform: 'node',
  target,
  // Node's loader of ES modules costs more than every module that is loaded late.
  supported: {'dynamic-import': false},
  define: {'import.meta.dirname': '__dirname'},
  tsconfigRaw: {compilerOptions: {verbatimModuleSyntax: true}},
};

/**
 * Turns each import into a call that loads it. esbuild names imports `import_something` and reaches their members
 * with a dot, always, so that a variable can become a function without other changes. No module here does anything
 * but define things when it is loaded, so that the order of loading does not matter.
 */
export function lazyImports(code: string): string {
  const names: string[] = [];
  let text = code.replace(
    /^var (import_\w+) = ((?:__toESM\()?(?:require|crundleModule|crundlePackage)\("[^"]+"\)\)?);$/gm,
    (_line, name: string, load: string) => {
      names.push(name);
      return `let ${name}$; const ${name} = () => ${name}$ ??= ${load};`;
    },
  );
  for (const name of names) text = callInsteadOf(name, text);
  return text;
}

/** Replaces the variable `name` before a dot by a call, `new name.X` included. */
export function callInsteadOf(name: string, text: string): string {
  return text
    .replace(new RegExp(`\\bnew ${name}((?:\\.\\w+)+)`, 'g'), `new (${name}()$1)`)
    .replace(new RegExp(`\\b${name}\\.`, 'g'), `${name}().`);
}
