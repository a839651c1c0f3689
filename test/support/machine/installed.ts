// What most suites of machines begin with: a machine on which crundle is installed, and a registry outside it.
import {type Registry, startRegistry} from '../registry-server.ts';
import {type Machine, outside} from './machine.ts';
import {installedMachine} from './saved.ts';

interface Suite {
  after(hook: () => Promise<void>): void;
}

/** Until the suite has ended. `images` is the name of the registry as the machine calls it. Nothing is pulled yet. */
export async function installedForSuite(
  suite: Suite,
): Promise<{machine: Machine; registry: Registry; images: string}> {
  const machine = await installedMachine();
  const registry = await startRegistry();
  suite.after(async () => {
    await machine.remove();
    await registry.stop();
  });
  return {machine, registry, images: registry.address.replace('127.0.0.1', outside)};
}
