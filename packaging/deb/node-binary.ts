// Node for a package: npm's binary at the version that package-lock.json pins, without its symbols.

import {createHash} from 'node:crypto';
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import {join} from 'node:path';
import type {Architecture} from './architecture.ts';
import {runProgram} from './run-program.ts';

interface Locked {
  version: string;
  /** `sha512-BASE64`. */
  integrity: string;
}

/** The path of the stripped binary, kept below `cache`. */
export function strippedNode(root: string, cache: string, architecture: Architecture): string {
  const {nodePackage, triplet} = architecture;
  const locked = lockedPackage(root, nodePackage);
  const folder = join(cache, `${nodePackage}-${locked.version}`);
  const stripped = join(folder, digestOf(locked));
  if (existsSync(stripped)) return stripped;
  mkdirSync(folder, {recursive: true});
  const scratch = mkdtempSync(join(folder, 'new-'));
  try {
    const result = join(scratch, 'stripped');
    const binary = installedNode(root, nodePackage) ?? fetchedNode(root, scratch, nodePackage, locked);
    runProgram(`${triplet}-strip`, ['--strip-all', '-o', result, binary]);
    chmodSync(result, 0o755);
    renameSync(result, stripped);
    return stripped;
  } finally {
    rmSync(scratch, {recursive: true});
  }
}

/** What Node and all that it holds is licensed under: the same text for every architecture. */
export function nodeLicense(root: string): string {
  const [path] = globSync('node_modules/node-linux-*/LICENSE', {cwd: root});
  if (path === undefined) throw new Error('no Node is installed by npm');
  return readFileSync(join(root, path), 'utf8');
}

// npm compared it with the lock file when it installed it.
function installedNode(root: string, name: string): string | undefined {
  const path = join(root, 'node_modules', name, 'bin/node');
  return existsSync(path) ? path : undefined;
}

// npm leaves packages for other machines out. `npm pack` asks the registry that this machine is set up for.
function fetchedNode(root: string, scratch: string, name: string, locked: Locked): string {
  const [{filename}] = JSON.parse(
    runProgram('npm', ['pack', '--json', '--pack-destination', scratch, `${name}@${locked.version}`], {
      cwd: root,
    }),
  ) as [{filename: string}];
  const archive = join(scratch, filename);
  const integrity = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (integrity !== locked.integrity)
    throw new Error(
      `${name} ${locked.version} is ${integrity}, and package-lock.json wants ${locked.integrity}`,
    );
  runProgram('tar', ['-xzf', archive, '-C', scratch, 'package/bin/node']);
  return join(scratch, 'package/bin/node');
}

function lockedPackage(root: string, name: string): Locked {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const locked = lock.packages[`node_modules/${name}`];
  if (!locked) throw new Error(`package-lock.json does not name ${name}`);
  return locked;
}

function digestOf({integrity}: Locked): string {
  return Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex').slice(0, 16);
}
