// Which Debian packages, in which versions, a program's libraries come from: what dpkg-shlibdeps finds in the lists of
// an architecture's own packages, from the versions of symbols that the program asks for.

import type {Architecture} from './architecture.ts';
import {runProgram} from './run-program.ts';

/** The package of each library, and what its version is called in the program. */
const libraries: Record<string, {package: string; symbols?: string}> = {
  'libatomic.so.1': {package: 'libatomic1'},
  'libgcc_s.so.1': {package: 'libgcc-s1'},
  'libstdc++.so.6': {package: 'libstdc++6', symbols: 'GLIBCXX'},
  'libc.so.6': {package: 'libc6', symbols: 'GLIBC'},
  // Parts of libc6.
  'libdl.so.2': {package: 'libc6', symbols: 'GLIBC'},
  'libm.so.6': {package: 'libc6', symbols: 'GLIBC'},
  'libpthread.so.0': {package: 'libc6', symbols: 'GLIBC'},
  'librt.so.1': {package: 'libc6', symbols: 'GLIBC'},
  'ld-linux-aarch64.so.1': {package: 'libc6', symbols: 'GLIBC'},
  'ld-linux-x86-64.so.2': {package: 'libc6', symbols: 'GLIBC'},
};

/** GCC's version in which libstdc++ first had these symbols; older ones than Debian 12's 3.4.30 are enough here. */
const gccVersions: Record<string, string> = {
  '3.4.21': '5',
  '3.4.22': '6',
  '3.4.23': '7',
  '3.4.24': '7',
  '3.4.25': '8',
  '3.4.26': '9',
  '3.4.28': '9.3',
  '3.4.29': '11',
  '3.4.30': '12',
};

/** Entries for Depends, such as `libc6 (>= 2.28)`, by name. */
export function libraryDependencies(program: string, {triplet}: Architecture): string[] {
  const text = runProgram(`${triplet}-readelf`, ['--wide', '--dynamic', '--version-info', program]);
  return dependenciesOf(text);
}

/** The same from what readelf wrote. Pure. */
export function dependenciesOf(readelf: string): string[] {
  const names = [...readelf.matchAll(/\(NEEDED\) .*\[(.+)\]/g)].map(([, name = '']) => name);
  const found = new Set<string>();
  for (const name of names) {
    const library = libraries[name];
    if (!library) throw new Error(`nobody said which package ${name} is in`);
    const version = library.symbols && packageVersion(library.symbols, readelf);
    found.add(version === undefined ? library.package : `${library.package} (>= ${version})`);
  }
  return [...found].sort();
}

function packageVersion(symbols: string, readelf: string): string {
  const versions = [...readelf.matchAll(new RegExp(`Name: ${symbols}_([0-9.]+)`, 'g'))].map(
    ([, one = '']) => one,
  );
  const newest = versions.sort(compareVersions).at(-1);
  if (newest === undefined) throw new Error(`the program names no version of ${symbols}`);
  if (symbols === 'GLIBC') return newest;
  const gcc = gccVersions[newest];
  if (gcc === undefined) throw new Error(`nobody said which GCC came with ${symbols}_${newest}`);
  return gcc;
}

function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', {numeric: true});
}
