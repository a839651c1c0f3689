// dist/crundle.packs: every pack and its compiled code in one file, so that a process that has opened it reads packs of one
// build, however late, and whatever a package manager has put in the file's place meanwhile.
// A line of JSON, filled up with spaces to `indexSize`, then the parts. `format` never changes: during an upgrade the
// loader of one version may read the file of another. Another format is another file name.

import {readFileSync, writeFileSync} from 'node:fs';

/** A pack by its name. */
export type Packs = Map<string, Pack>;

export interface Pack {
  /** A function expression, ASCII. */
  text: string;
  /** What V8 compiled of it. */
  code?: Uint8Array;
}

/** The index, as the loader reads it: where text and code lie, the code behind its text. */
export type PacksIndex = Record<string, [offset: number, textSize: number, codeSize: number]>;

export const indexSize = 1024;

export function writePacks(path: string, packs: Packs): void {
  const index: PacksIndex = {};
  const parts: Uint8Array[] = [];
  let offset = indexSize;
  for (const [name, {text, code = new Uint8Array()}] of [...packs].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const bytes = Buffer.from(text, 'latin1');
    index[name] = [offset, bytes.length, code.length];
    parts.push(bytes, code);
    offset += bytes.length + code.length;
  }
  const line = JSON.stringify(index);
  if (line.length >= indexSize) throw new Error(`the index of ${path} is longer than ${indexSize} bytes`);
  writeFileSync(path, Buffer.concat([Buffer.from(`${line.padEnd(indexSize - 1)}\n`), ...parts]));
}

export function readPacks(path: string): Packs {
  const bytes = readFileSync(path);
  const index = JSON.parse(bytes.toString('latin1', 0, indexSize)) as PacksIndex;
  return new Map(
    Object.entries(index).map(([name, [offset, textSize, codeSize]]) => {
      const codeAt = offset + textSize;
      const text = bytes.toString('latin1', offset, codeAt);
      return [name, {text, ...(codeSize > 0 && {code: bytes.subarray(codeAt, codeAt + codeSize)})}];
    }),
  );
}
