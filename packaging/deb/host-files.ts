// What the package gives to other parts of the system: units for systemd, a profile for AppArmor.

import {globSync, statSync} from 'node:fs';
import {join} from 'node:path';
import type {PackageTree} from './package-tree.ts';
import {programFolder} from './program-files.ts';

/** packaging/systemd/: units and drop-ins go where systemd looks, the programs that units run to crundle's own files. */
export function addUnits(tree: PackageTree, root: string): void {
  const folder = join(root, 'packaging/systemd');
  for (const name of globSync('**', {cwd: folder}).sort()) {
    const path = join(folder, name);
    if (!statSync(path).isFile()) continue;
    if (/\.(service|conf|socket|timer|slice)$/.test(name)) tree.copy(path, `usr/lib/systemd/system/${name}`);
    else tree.copy(path, `${programFolder}/${name}`, 0o755);
  }
}

/** packaging/apparmor/: configuration, so that a person's change stays. */
export function addApparmorProfile(tree: PackageTree, root: string): void {
  tree.copy(join(root, 'packaging/apparmor/crundle-default'), 'etc/apparmor.d/crundle-default');
}
