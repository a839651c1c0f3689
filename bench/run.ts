// Measures crundle beside docker and podman on the same images from the same registry, in one run on one machine: a table
// on standard output and one JSON file in .cache/bench/. It asserts nothing. Everything happens on a test host (see
// on-host.ts), which takes the daemon, the mounts and the files with it when it ends.
//   node bench/run.ts [WORD…]     only measurements whose title holds one of the words
import {join, resolve} from 'node:path';
import {ensureFixtures} from '../test/support/fixtures.ts';
import {addHost, removeHost, sweepHosts} from '../test/support/make-host.ts';

const root = resolve(import.meta.dirname, '..');
sweepHosts();
await ensureFixtures();
const host = addHost();
try {
  const program = [join(root, 'bench/on-host.ts'), ...process.argv.slice(2)];
  const init = host.spawn([process.execPath, '--disable-warning=ExperimentalWarning', ...program], root);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => init.kill('SIGKILL'));
  init.stdout?.pipe(process.stdout);
  init.stderr?.pipe(process.stderr);
  // podman leaves the empty parent of its containers' cgroups: removeHost takes it.
  init.stdio[3]?.on('data', () => undefined);
  process.exitCode = await new Promise<number>((done) => init.once('close', (status) => done(status ?? 130)));
} finally {
  removeHost(host);
}
