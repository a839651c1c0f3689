// arm64 Debian systems to install the package in, as folders: the smallest with apt, and in apt's cache the packages that
// crundle needs, since test hosts have no way out. Made once below .cache/roots/, keyed by the code that makes them.
import {execFileSync, type SpawnSyncReturns, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {requiredPrograms} from '../../packaging/deb/control.ts';
import {lockFile} from '../../src/system/file-lock.ts';

export const debianReleases = ['bookworm', 'trixie'] as const;
export type DebianRelease = (typeof debianReleases)[number];

const cache = resolve(import.meta.dirname, '../../.cache/roots');

/** What is installed already, because making its links takes half a minute under emulation. */
const installed = 'ca-certificates';
/** What apt fetches for crundle; the test itself shows whether that is all. */
const fetched = [...requiredPrograms.map((entry) => entry.replace(/ .*/, '')), 'libatomic1', 'libstdc++6'];

const key = createHash('sha256')
  .update(readFileSync(import.meta.filename))
  .update(fetched.join())
  .digest('hex')
  .slice(0, 12);

/** The files of a release, which nobody may change. */
export function debianRootFolder(release: DebianRelease): string {
  return join(cache, `${release}-${key}`);
}

/** Makes the roots that are missing, in some minutes. To be called where the machine's network is. */
export async function ensureDebianRoots(): Promise<void> {
  mkdirSync(cache, {recursive: true});
  using _lock = await lockFile(join(cache, 'lock'), 'exclusive', {timeoutMs: 1_800_000});
  for (const entry of readdirSync(cache))
    if (entry !== 'lock' && !entry.endsWith(`-${key}`)) rmSync(join(cache, entry), {recursive: true});
  for (const release of debianReleases) {
    const root = debianRootFolder(release);
    if (existsSync(root)) continue;
    console.error(`==> making an arm64 Debian ${release}`);
    const unfinished = `${root}-unfinished`;
    rmSync(unfinished, {recursive: true, force: true});
    execFileSync('mmdebstrap', [
      '--quiet',
      '--architectures=arm64',
      '--variant=apt',
      `--include=${installed}`,
      '--aptopt=APT::Install-Recommends "false"',
      '--skip=cleanup/apt',
      `--customize-hook=chroot "$1" apt-get -qq install --download-only ${fetched.join(' ')}`,
      release,
      unfinished,
    ]);
    renameSync(unfinished, root);
  }
}

/** One system whose files are its own until it is disposed of. */
export class DebianRoot implements Disposable {
  readonly path: string;
  readonly #scratch: string;

  constructor(release: DebianRelease) {
    this.#scratch = mkdtempSync(join(tmpdir(), `${release}-`));
    this.path = join(this.#scratch, 'root');
    const layers = ['upper', 'work', 'root'].map((name) => join(this.#scratch, name));
    for (const layer of layers) mkdirSync(layer);
    const lower = debianRootFolder(release);
    const options = `lowerdir=${lower},upperdir=${layers[0]},workdir=${layers[1]}`;
    execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', options, this.path]);
    execFileSync('mount', ['-t', 'proc', 'proc', join(this.path, 'proc')]);
    writeFileSync(join(this.path, 'etc/dpkg/dpkg.cfg.d/quick'), 'force-unsafe-io\n');
    // A package that is not in the cache fails at once: there is no way out to ask for it.
    writeFileSync(join(this.path, 'etc/apt/apt.conf.d/99-offline'), 'Acquire::Retries "0";\n');
  }

  /** A command line of a shell in the root. */
  run(line: string): Pick<SpawnSyncReturns<string>, 'status' | 'stdout' | 'stderr'> {
    const {status, stdout, stderr} = spawnSync('chroot', [this.path, '/bin/sh', '-c', line], {
      encoding: 'utf8',
      env: {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        DEBIAN_FRONTEND: 'noninteractive',
        LC_ALL: 'C.UTF-8',
        HOME: '/root',
      },
    });
    return {status, stdout, stderr};
  }

  /** The same; throws with what it said when it fails. Gives its standard output. */
  runOk(line: string): string {
    const {status, stdout, stderr} = this.run(line);
    if (status !== 0) throw new Error(`${line} exited with ${status}:\n${stdout}${stderr}`);
    return stdout;
  }

  [Symbol.dispose](): void {
    execFileSync('umount', ['--recursive', this.path]);
    rmSync(this.#scratch, {recursive: true});
  }
}
