// What is measured, of whom, and what it should cost (the design's budgets). Rounds go A B C A B C, so that a slow moment
// of the machine hits all alike.
import {spawnSync} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fixtureLayout} from '../test/support/fixtures.ts';
import {testHost} from '../test/support/test-host.ts';
import {type Contender, mustRun} from './contenders.ts';
import {networkMeasurements} from './network-measurements.ts';
import {pullCosts} from './pull-costs.ts';

export interface Measurement {
  /** What `./dev bench PART` names. */
  part: Part;
  title: string;
  rounds: number;
  /** Of what `measured` returns; without it, the time is taken, in ms. */
  unit?: string;
  /** Of that unit. Default: more. */
  better?: 'less' | 'more';
  /** A round that is not counted comes first, to warm caches. Default true. */
  warmUp?: boolean;
  /** Who does it, in the order in which the table shows them. */
  entries: Entry[];
  /** crundle's median over that of another: at most this, or at least where more is better. */
  budgets: Record<string, number>;
  setUp?(): void;
  tearDown?(): void;
  /** A sentence on the medians. */
  conclude?(medians: Record<string, number>): string;
}

export const parts = ['run', 'exec', 'ps', 'pull', 'network'] as const;
export type Part = (typeof parts)[number];

export interface Entry {
  name: string;
  /** The timed part, or what returns a number of the measurement's unit. */
  measured(): unknown;
  /** Before each timed part, untimed. */
  before?(): void;
}

export interface Images {
  small: string;
  large: string;
}

/** Containers that `ps` lists. */
const containerCount = Number(process.env.CRUNDLE_BENCH_CONTAINERS ?? 200);

export function measurements(contenders: readonly Contender[], images: Images): Measurement[] {
  const bundle = makeBundle();
  const of = (measured: (contender: Contender) => void, before?: (contender: Contender) => void): Entry[] =>
    contenders.map((contender) => ({
      name: contender.name,
      measured: () => measured(contender),
      ...(before === undefined ? {} : {before: () => before(contender)}),
    }));
  const everyone = (...args: string[]) => {
    for (const contender of contenders) contender.run(...args);
  };
  const names = Array.from({length: containerCount}, (_, index) => `bench-${index}`);
  return [
    {
      part: 'run',
      title: 'run --rm --network none … true',
      rounds: 15,
      entries: [
        ...of((contender) => contender.run('run', '--rm', '--network', 'none', images.small, 'true')),
        {name: 'crun run', measured: () => runBundle(bundle)},
      ],
      budgets: {podman: 0.33, docker: 0.33, 'crun run': 4},
    },
    {
      part: 'run',
      title: 'run -d --network none … sleep',
      rounds: 10,
      entries: of(
        (contender) =>
          contender.run('run', '-d', '--name', 'started', '--network', 'none', images.small, 'sleep', '1000'),
        (contender) => contender.run('rm', '-f', 'started'),
      ),
      budgets: {docker: 0.4},
      setUp: () => everyone('create', '--name', 'started', '--network', 'none', images.small, 'true'),
      tearDown: () => everyone('rm', '-f', 'started'),
    },
    {
      part: 'exec',
      title: 'exec … true',
      rounds: 10,
      entries: of((contender) => contender.run('exec', 'serving', 'true')),
      budgets: {},
      setUp: () =>
        everyone('run', '-d', '--name', 'serving', '--network', 'none', images.small, 'sleep', '1000'),
      tearDown: () => everyone('rm', '-f', 'serving'),
    },
    {
      part: 'ps',
      title: `ps -a, ${containerCount} containers`,
      rounds: 15,
      entries: [
        ...of((contender) => contender.run('ps', '-a')),
        {name: 'node -e 0', measured: () => void mustRun(process.execPath, ['-e', '0'])},
      ],
      budgets: {'node -e 0': 2.5},
      setUp: () => {
        for (const name of names)
          everyone('create', '--name', name, '--network', 'none', images.small, 'true');
      },
      tearDown: () => everyone('rm', ...names),
    },
    {
      part: 'pull',
      title: `pull, ${Math.round(compressedBytes() / 1e6)} MB gzip`,
      rounds: 3,
      entries: [
        ...of(
          (contender) => contender.pull(images.large),
          (contender) => contender.run('rmi', images.large),
        ),
        {
          name: 'tar xzf',
          measured: untar,
          before: () => rmSync(untarFolder(), {recursive: true, force: true}),
        },
      ],
      budgets: {podman: 0.5, 'tar xzf': 1.3},
      setUp: () => {
        for (const contender of contenders) contender.pull(images.large);
      },
    },
    ...pullCosts(contenders, images),
    ...networkMeasurements(contenders, images),
  ];
}

// The floor under every engine: crun's own default bundle with busybox as its root.
function makeBundle(): string {
  const bundle = join(testHost.tmp, 'bundle');
  mkdirSync(join(bundle, 'rootfs'), {recursive: true});
  for (const layer of layersOf('busybox')) mustRun('tar', ['-xzf', layer, '-C', join(bundle, 'rootfs')]);
  mustRun('crun', ['spec', '-b', bundle]);
  const path = join(bundle, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8'));
  Object.assign(config.process, {terminal: false, args: ['true']});
  config.linux.cgroupsPath = `${testHost.cgroupParent}/crun`;
  writeFileSync(path, JSON.stringify(config));
  return bundle;
}

function runBundle(bundle: string): void {
  mustRun('crun', ['--root', `${testHost.runRoot}/crun-alone`, 'run', '-b', bundle, 'alone']);
}

const untarFolder = () => join(testHost.tmp, 'untar');

function untar(): void {
  mkdirSync(untarFolder());
  for (const layer of layersOf('debian')) {
    const {status} = spawnSync('tar', ['-xzf', layer, '--xattrs', '--numeric-owner', '-C', untarFolder()]);
    if (status !== 0) throw new Error(`tar exited with ${status}`);
  }
}

// The layers of a fixture, lowest first: the manifest is what its index names, or the first of an index of manifests.
function layersOf(name: 'busybox' | 'debian'): string[] {
  const blob = (digest: string) => join(fixtureLayout(name), 'blobs', digest.replace(':', '/'));
  let document = JSON.parse(readFileSync(join(fixtureLayout(name), 'index.json'), 'utf8'));
  while (document.layers === undefined)
    document = JSON.parse(readFileSync(blob(document.manifests[0].digest), 'utf8'));
  return document.layers.map((layer: {digest: string}) => blob(layer.digest));
}

function compressedBytes(): number {
  const folder = join(fixtureLayout('debian'), 'blobs/sha256');
  return readdirSync(folder).reduce((total, name) => total + statSync(join(folder, name)).size, 0);
}
