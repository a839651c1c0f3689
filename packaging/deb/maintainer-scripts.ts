// DEBIAN/preinst and its like: maintainer/*, with what they have to know of this version filled in.

import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {migrations} from '../../src/state/migrations.ts';
import type {PackageTree} from './package-tree.ts';

const names = ['preinst', 'postinst', 'prerm', 'postrm'];

export function addMaintainerScripts(tree: PackageTree, version: string): void {
  for (const name of names) tree.write(`DEBIAN/${name}`, maintainerScript(name, version), 0o755);
}

export function maintainerScript(name: string, version: string): string {
  return readFileSync(join(import.meta.dirname, 'maintainer', name), 'utf8')
    .replaceAll('@VERSION@', version)
    .replaceAll('@SCHEMA@', String(migrations.length));
}
