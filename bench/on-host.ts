// The measuring itself, on the test host that bench/run.ts made.
import {mkdirSync, writeFileSync} from 'node:fs';
import {cpus, release, totalmem} from 'node:os';
import {join, relative, resolve} from 'node:path';
import {DockerDaemon} from '../test/support/docker-daemon.ts';
import {startRegistry} from '../test/support/registry-server.ts';
import {crundle, docker, podman} from './contenders.ts';
import {type Measurement, measurements, parts} from './measurements.ts';
import {formatTable, type Summary, summarize} from './statistics.ts';

const root = resolve(import.meta.dirname, '..');
const words = process.argv.slice(2);

await main();

interface Result {
  title: string;
  times: Record<string, number[]>;
  summaries: Record<string, Summary>;
  budgets: Record<string, number>;
  better: 'less' | 'more';
  unit?: string;
}

async function main(): Promise<void> {
  const registry = await startRegistry();
  const daemon = await DockerDaemon.start({bridge: true});
  const contenders = [docker(daemon), podman(), crundle()];
  const images = {small: `${registry.address}/busybox`, large: `${registry.address}/debian`};
  const machine = `${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`;
  console.log(`${machine}; ${contenders.map(({name, version}) => `${name} ${version}`).join(', ')}`);
  for (const contender of contenders) contender.pull(images.small);
  const results: Result[] = [];
  for (const measurement of measurements(contenders, images).filter(isWanted)) {
    const result = measure(measurement);
    results.push(result);
    print(result);
    const conclusion = measurement.conclude?.(
      Object.fromEntries(Object.entries(result.summaries).map(([name, {median}]) => [name, median])),
    );
    if (conclusion !== undefined) console.log(conclusion);
  }
  const versions = Object.fromEntries(contenders.map(({name, version}) => [name, version]));
  save({at: new Date().toISOString(), machine, versions, results});
  await daemon[Symbol.asyncDispose]();
  await registry.stop();
}

// A word is the name of a part, or in a title.
function isWanted({part, title}: Measurement): boolean {
  if (words.length === 0) return true;
  return words.some((word) => (parts.some((name) => name === word) ? part === word : title.includes(word)));
}

function measure(measurement: Measurement): Result {
  const {
    title,
    rounds,
    unit,
    better = unit === undefined ? 'less' : 'more',
    warmUp = true,
    entries,
    budgets,
    setUp,
    tearDown,
  } = measurement;
  const times: Record<string, number[]> = Object.fromEntries(entries.map(({name}) => [name, []]));
  setUp?.();
  for (let round = warmUp ? 0 : 1; round <= rounds; round++) {
    for (const {name, before, measured} of entries) {
      before?.();
      const started = performance.now();
      const value = measured();
      const elapsedMs = performance.now() - started;
      if (round > 0) times[name]?.push(typeof value === 'number' ? value : elapsedMs);
    }
  }
  tearDown?.();
  const summaries = Object.fromEntries(Object.entries(times).map(([name, list]) => [name, summarize(list)]));
  return {title, times, summaries, budgets, better, ...(unit === undefined ? {} : {unit})};
}

function print({title, summaries, budgets, better, unit}: Result): void {
  const ours = summaries.crundle?.median ?? Number.NaN;
  const rows = Object.entries(summaries).map(([name, {median, min, max}]) => {
    const ratio = name === 'crundle' ? '' : (ours / median).toFixed(2);
    const budget = budgets[name] === undefined ? '' : `${better === 'less' ? '<=' : '>='} ${budgets[name]}`;
    return [
      name,
      ...[median, min, max].map((value) => value.toFixed(unit === undefined ? 0 : 1)),
      ratio,
      budget,
    ];
  });
  console.log(
    `\n${title}\n${formatTable([[unit ?? 'ms', 'median', 'min', 'max', 'crundle is', 'to reach'], ...rows])}`,
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
