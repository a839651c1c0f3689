// The image that most tests of containers run: busybox for arm64, from a registry of the suite's own.
import {startRegistry} from './registry-server.ts';
import {crundleOk} from './test-host.ts';

interface Suite {
  after(hook: () => Promise<void>): void;
}

/**
 * Serves busybox until the suite has ended, and pulls it. Called where the suite is made: its tests find the image there.
 * `registry` is an address that other images can be asked of.
 */
export async function serveBusybox(suite: Suite): Promise<{image: string; registry: string}> {
  const registry = await startRegistry();
  suite.after(async () => await registry.stop());
  const image = `${registry.address}/busybox`;
  await crundleOk(['pull', '-q', image]);
  return {image, registry: registry.address};
}
