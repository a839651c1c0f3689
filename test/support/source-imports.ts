// Reads the imports of the project's own sources: what test/layering.ts and test/guards.ts judge.
import {globSync, readFileSync} from 'node:fs';
import {dirname, join, relative, resolve} from 'node:path';

const root = resolve(import.meta.dirname, '../..');

export interface SourceImport {
  /** Path from the top of the project. */
  file: string;
  /** Path from the top of the project for our own modules, else the name as written: `node:fs`, `execa`. */
  target: string;
  /** `import type`: gone at run time. */
  typeOnly: boolean;
}

export function sourceFiles(pattern: string): {file: string; text: string}[] {
  return globSync(pattern, {cwd: root})
    .sort()
    .map((file) => ({file, text: readFileSync(join(root, file), 'utf8')}));
}

/** Every import, re-export and `import()` of the files that match. */
export function sourceImports(pattern: string): SourceImport[] {
  return sourceFiles(pattern).flatMap(({file, text}) =>
    [...text.matchAll(statement)].map((match) => {
      const name = match.groups?.from ?? match.groups?.dynamic ?? '';
      return {
        file,
        target: name.startsWith('.') ? relative(root, join(root, dirname(file), name)) : name,
        typeOnly: match.groups?.type !== undefined,
      };
    }),
  );
}

const statement =
  /^(?:import|export)(?<type> type)?(?: [^'";]*?from)? ?'(?<from>[^']+)'|\bimport\((?:\s*\/\/.*\n)*\s*'(?<dynamic>[^']+)'/gm;
