// crundle's package on a machine, by apt and without a network, as a person would install the file.
import {basename} from 'node:path';
import {type Machine, outside} from './machine.ts';

/** Installs the package, or a newer one over it, and lets crundle pull from registries outside the machine. */
export async function installPackage(machine: Machine, deb: string): Promise<void> {
  await machine.put(deb, `/root/${basename(deb)}`);
  await machine.ok(`apt-get install --yes /root/${basename(deb)}`);
  await machine.ok(`rm /root/${basename(deb)}`);
  await machine.ok(`echo '{"insecure-registries": ["${outside}/32"]}' >/etc/crundle/config.json`);
}
