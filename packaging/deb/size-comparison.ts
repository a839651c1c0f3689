// What crundle takes on a machine beside Docker and Podman, with everything that each needs, as apt reckons it.

import {statSync} from 'node:fs';
import {type AptPackage, ForeignApt} from './foreign-apt.ts';
import {runProgram} from './run-program.ts';

export interface EngineSize {
  engine: string;
  packages: number;
  downloadBytes: number;
  installedBytes: number;
}

/** What a machine has anyway: Debian's smallest system that has apt. */
const base = ['?essential', 'apt'];

/**
 * The engines' sizes over that system: `deb` (of `architecture`), Docker's packages and Podman, with the packages that they
 * need, and with `recommends` those that apt installs unless told otherwise. Throws when apt cannot get its lists.
 */
export function engineSizes(
  deb: string,
  architecture: string,
  cache: string,
  {recommends}: {recommends: boolean},
): EngineSize[] {
  const apt = new ForeignApt(`${cache}/apt-${architecture}`, architecture);
  apt.update();
  const there = new Set(apt.closure(base, {recommends: false}));
  const size = (engine: string, wanted: string[], own: AptPackage[] = []): EngineSize => {
    const more = apt.closure([...base, ...wanted], {recommends}).filter((one) => !there.has(one));
    const known = more.filter((one) => !own.some(({name}) => one.startsWith(`${name}=`)));
    const packages = [...own, ...apt.describe(known)];
    if (packages.length !== more.length) throw new Error(`apt-cache does not know all of ${more.join(' ')}`);
    return {
      engine,
      packages: packages.length,
      downloadBytes: sum(packages.map(({sizeBytes}) => sizeBytes)),
      installedBytes: sum(packages.map(({installedBytes}) => installedBytes)),
    };
  };
  return [
    size('crundle', [deb], [ownPackage(deb)]),
    size('docker.io, containerd, runc', ['docker.io', 'containerd', 'runc']),
    size('podman', ['podman']),
  ];
}

/** The table that the build prints. */
export function sizeTable(title: string, sizes: readonly EngineSize[]): string {
  const rows = sizes.map(({engine, packages, downloadBytes, installedBytes}) => [
    engine,
    `${packages} packages`,
    `${megabytes(downloadBytes)} to download`,
    `${megabytes(installedBytes)} installed`,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ');
  return [`${title}:`, ...rows.map((row) => `  ${line(row)}`)].join('\n');
}

function ownPackage(deb: string): AptPackage {
  const field = (name: string) => runProgram('dpkg-deb', ['--field', deb, name]).trim();
  return {
    name: field('Package'),
    sizeBytes: statSync(deb).size,
    installedBytes: Number(field('Installed-Size')) * 1024,
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
