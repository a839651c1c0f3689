// Measures crundle beside docker and podman on the same images from the same registry, in one run on one machine: a table
// on standard output and one JSON file in .cache/bench/. It asserts nothing. Everything happens on a test host,
// which takes the daemon, the mounts and the files with it when it ends.
//   node bench/run.ts [WORD…]     only measurements whose title holds one of the words
import {mkdirSync, writeFileSync} from 'node:fs';
import {cpus, release, totalmem} from 'node:os';
import {join, relative, resolve} from 'node:path';
import {DockerDaemon} from '../test/support/docker-daemon.ts';
import {ensureFixtures} from '../test/support/fixtures.ts';
import {addHost, removeHost, sweepHosts} from '../test/support/make-host.ts';
import {startRegistry} from '../test/support/registry-server.ts';
import {crundle, docker, podman} from './contenders.ts';
import {type Measurement, measurements} from './measurements.ts';
import {formatTable, type Summary, summarize} from './statistics.ts';

const root = resolve(import.meta.dirname, '..');
const words = process.argv.slice(2);

await (process.env.CRUNDLE_TEST_HOST === undefined ? onNewHost() : onThisHost());

async function onNewHost(): Promise<void> {
  sweepHosts();
  await ensureFixtures();
  const host = addHost();
  try {
    const script = join(root, 'bench/run.ts');
    const init = host.spawn(
      [process.execPath, '--disable-warning=ExperimentalWarning', script, ...words],
      root,
    );
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => init.kill('SIGKILL'));
    init.stdout?.pipe(process.stdout);
    init.stderr?.pipe(process.stderr);
    init.stdio[3]?.on('data', (bytes) => process.stderr.write(`left behind: ${bytes}`));
    process.exitCode = await new Promise<number>((done) =>
      init.once('close', (status) => done(status ?? 130)),
    );
  } finally {
    removeHost(host);
  }
}

interface Result {
  title: string;
  times: Record<string, number[]>;
  summaries: Record<string, Summary>;
  budgets: Record<string, number>;
}

async function onThisHost(): Promise<void> {
  const registry = await startRegistry();
  const daemon = await DockerDaemon.start();
  const contenders = [docker(daemon), podman(), crundle()];
  const images = {small: `${registry.address}/busybox`, large: `${registry.address}/debian`};
  const machine = `${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`;
  console.log(`${machine}; ${contenders.map(({name, version}) => `${name} ${version}`).join(', ')}`);
  const results: Result[] = [];
  for (const measurement of measurements(contenders, images)) {
    if (words.length > 0 && !words.some((word) => measurement.title.includes(word))) continue;
    const result = measure(measurement);
    results.push(result);
    print(result);
  }
  const versions = Object.fromEntries(contenders.map(({name, version}) => [name, version]));
  save({at: new Date().toISOString(), machine, versions, results});
  await daemon[Symbol.asyncDispose]();
  await registry.stop();
}

function measure({title, rounds, entries, budgets, setUp, tearDown}: Measurement): Result {
  const times: Record<string, number[]> = Object.fromEntries(entries.map(({name}) => [name, []]));
  setUp?.();
  // The first round warms caches and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const {name, before, measured} of entries) {
      before?.();
      const started = performance.now();
      measured();
      if (round > 0) times[name]?.push(performance.now() - started);
    }
  }
  tearDown?.();
  const summaries = Object.fromEntries(Object.entries(times).map(([name, list]) => [name, summarize(list)]));
  return {title, times, summaries, budgets};
}

function print({title, summaries, budgets}: Result): void {
  const ours = summaries.crundle?.median ?? Number.NaN;
  const rows = Object.entries(summaries).map(([name, {median, min, max}]) => {
    const ratio = name === 'crundle' ? '' : (ours / median).toFixed(2);
    const budget = budgets[name] === undefined ? '' : `<= ${budgets[name]}`;
    return [name, ...[median, min, max].map((ms) => ms.toFixed(0)), ratio, budget];
  });
  console.log(
    `\n${title}\n${formatTable([['ms', 'median', 'min', 'max', 'crundle is', 'to reach'], ...rows])}`,
  );
}

function save(report: {
  at: string;
  machine: string;
  versions: Record<string, string>;
  results: Result[];
}): void {
  const folder = join(root, '.cache/bench');
  mkdirSync(folder, {recursive: true});
  const path = join(folder, `${report.at.replaceAll(':', '-')}.json`);
  writeFileSync(path, JSON.stringify(report, null, 2));
  console.log(`\n${relative(root, path)}`);
}
