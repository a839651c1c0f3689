// /usr/lib/crundle: the bundle from dist/, the Node that runs it, and the code that this Node compiled of it.

import {join} from 'node:path';
import {compilePacks} from '../bundle/compile.ts';
import type {PackageTree} from './package-tree.ts';

export const programFolder = 'usr/lib/crundle';

/** `node` is the binary for the package, `command` how it is run here. */
export function addProgram(tree: PackageTree, root: string, node: string, command: readonly string[]): void {
  const dist = `${programFolder}/dist`;
  for (const name of ['crundle.cjs', 'crundle.packs']) tree.copy(join(root, 'dist', name), `${dist}/${name}`);
  compilePacks(join(tree.root, dist), command);
  tree.copy(node, `${dist}/node`, 0o755);
  for (const name of ['oclif.manifest.json', 'package.json'])
    tree.copy(join(root, name), `${programFolder}/${name}`);
  tree.copy(join(import.meta.dirname, 'launcher'), `${programFolder}/bin/crundle`, 0o755);
  tree.link('usr/bin/crundle', '../lib/crundle/bin/crundle');
}
