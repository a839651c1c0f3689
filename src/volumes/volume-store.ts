// Local volumes, named and anonymous, each a folder:
//   <data-root>/volumes/          0701: a container's user passes through but cannot list it
//     NAME/_data/                 what is mounted
//     NAME/volume.json            {createdAt, labels}; without it the volume still works, unlabelled
//     .making.UUID/ .gone.UUID/   being made, being removed; no name of a volume starts with a dot
// A volume comes and goes by one rename. Who uses a volume is the engine's knowledge and is passed in.
import {randomUUID} from 'node:crypto';
import {existsSync, renameSync} from 'node:fs';
import {chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {EngineError, errnoOf} from '../errors.ts';
import {syncFolder, writeDurableFile} from '../system/durable-file.ts';
import {treeSize} from '../system/tree-size.ts';
import {type FillOptions, fillVolume, isUnfilled} from './volume-fill.ts';
import {anonymousLabel, checkVolumeName, isVolumeName, newVolumeName} from './volume-name.ts';

export interface Volume {
  name: string;
  /** The folder that is mounted: absolute, on the host. */
  path: string;
  createdAt: Date;
  labels: Record<string, string>;
  /** Nobody gave it its name; it goes with its container under --rm. */
  anonymous: boolean;
}

export interface CreateVolumeOptions {
  labels?: Record<string, string>;
  /** Default: true when no name is given. */
  anonymous?: boolean;
  /** Survives a power cut once create has returned. Default true; a volume that goes with its container needs no more. */
  durable?: boolean;
}

interface VolumeRecord {
  createdAt: string;
  labels: Record<string, string>;
}

export class VolumeStore {
  readonly #root: string;

  /** `root` is <data-root>/volumes; it is made when the first volume is. */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Makes a volume, or returns the one of that name as it is (its labels stay). Atomic, and safe beside another
   * process that makes the same one. Throws EngineError 'invalid-option' for a name that is none.
   */
  async create(givenName?: string, options: CreateVolumeOptions = {}): Promise<Volume> {
    const name = givenName ?? newVolumeName();
    const folder = this.#folder(name);
    if (existsSync(join(folder, '_data'))) return await this.inspect(name);
    const anonymous = options.anonymous ?? givenName === undefined;
    const record: VolumeRecord = {
      createdAt: new Date().toISOString(),
      labels: {...options.labels, ...(anonymous ? {[anonymousLabel]: ''} : {})},
    };
    const isFirst = (await mkdir(this.#root, {recursive: true, mode: 0o701})) !== undefined;
    if (isFirst && (options.durable ?? true)) await syncFolder(dirname(this.#root));
    const making = join(this.#root, `.making.${randomUUID()}`);
    try {
      await this.#make(making, record, options.durable ?? true);
      await rename(making, folder);
    } catch (error) {
      await rm(making, {recursive: true, force: true});
      // Another process was faster, or somebody removed _data from a volume that is there.
      if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'EEXIST') throw error;
      await makeDataFolder(folder);
    }
    if (options.durable ?? true) await syncFolder(this.#root);
    return await this.inspect(name);
  }

  async #make(folder: string, record: VolumeRecord, durable: boolean): Promise<void> {
    await mkdir(folder, {mode: 0o701});
    await makeDataFolder(folder);
    const text = `${JSON.stringify(record)}\n`;
    if (durable) await writeDurableFile(join(folder, 'volume.json'), text);
    else await writeFile(join(folder, 'volume.json'), text, {mode: 0o600});
  }

  /** The folder that is mounted, whether or not the volume is there. Throws 'invalid-option' for a name that is none. */
  pathOf(name: string): string {
    return join(this.#folder(name), '_data');
  }

  exists(name: string): boolean {
    return existsSync(this.#folder(name));
  }

  /** Throws EngineError 'volume-not-found'. */
  async inspect(name: string): Promise<Volume> {
    const folder = this.#existing(name);
    const {createdAt, labels} = (await readRecord(folder)) ?? (await recordOfFolder(folder));
    return {
      name,
      path: join(folder, '_data'),
      createdAt: new Date(createdAt),
      labels,
      anonymous: anonymousLabel in labels,
    };
  }

  /** All volumes by name. One that goes while they are read is left out. */
  async list(): Promise<Volume[]> {
    const volumes: Volume[] = [];
    for (const name of (await this.#entries()).filter(isVolumeName).sort()) {
      try {
        volumes.push(await this.inspect(name));
      } catch (error) {
        if (!(error instanceof EngineError && error.code === 'volume-not-found')) throw error;
      }
    }
    return volumes;
  }

  /**
   * True while `fill` has something to do: the volume holds nothing, or an earlier fill did not finish. Throws
   * EngineError 'volume-not-found'.
   */
  async isEmpty(name: string): Promise<boolean> {
    return await isUnfilled(this.#existing(name));
  }

  /**
   * Fills an empty volume with what the folder `source` holds, and gives it that folder's owner, mode, xattrs and
   * times: see copyTree for what is kept. Does nothing when the volume holds something. A fill that was killed is
   * completed by the next one. `source` may be /proc/PID/fd/N of an open folder, which no link can lead elsewhere.
   * Throws EngineError 'program-failed' (then the volume is empty as before), 'cancelled', 'volume-not-found', and
   * 'invalid-option' when the source is a file.
   */
  async fill(name: string, source: string, options: FillOptions = {}): Promise<void> {
    await fillVolume(this.#existing(name), source, options);
  }

  /**
   * Takes a volume's name from it, in one step; undefined when there is none of that name. What is returned removes the
   * files: killed before that, the next `sweep` does it.
   */
  setAside(name: string): (() => Promise<void>) | undefined {
    if (!isVolumeName(name)) return undefined;
    const gone = join(this.#root, `.gone.${randomUUID()}`);
    try {
      renameSync(this.#folder(name), gone);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    }
    return () => rm(gone, {recursive: true, force: true});
  }

  /** How much its files hold. 0 when there is no such volume. */
  async sizeOf(name: string): Promise<number> {
    return await treeSize(this.pathOf(name));
  }

  /** Removes what killed processes left behind. The caller holds store.lock exclusively, so that nobody is at work. */
  async sweep(): Promise<void> {
    for (const entry of await this.#entries()) {
      if (/^\.(making|gone)\./.test(entry)) await rm(join(this.#root, entry), {recursive: true, force: true});
    }
  }

  async #entries(): Promise<string[]> {
    try {
      const entries = await readdir(this.#root, {withFileTypes: true});
      return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  #folder(name: string): string {
    return join(this.#root, checkVolumeName(name));
  }

  #existing(name: string): string {
    if (isVolumeName(name) && this.exists(name)) return this.#folder(name);
    throw new EngineError('volume-not-found', `get ${name}: no such volume`);
  }
}

// chmod, because a strict umask would shut the container's users out.
async function makeDataFolder(folder: string): Promise<void> {
  const data = join(folder, '_data');
  await mkdir(data, {recursive: true});
  await chmod(data, 0o755);
}

async function readRecord(folder: string): Promise<VolumeRecord | undefined> {
  try {
    const record: unknown = JSON.parse(await readFile(join(folder, 'volume.json'), 'utf8'));
    return isRecord(record) ? record : undefined;
  } catch (error) {
    // Torn by a power cut in a volume that was not to be durable, or never written by us.
    if (error instanceof SyntaxError || errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function recordOfFolder(folder: string): Promise<VolumeRecord> {
  return {createdAt: (await stat(folder)).birthtime.toISOString(), labels: {}};
}

function isRecord(value: unknown): value is VolumeRecord {
  if (typeof value !== 'object' || value === null || !('createdAt' in value) || !('labels' in value))
    return false;
  const {createdAt, labels} = value;
  if (typeof createdAt !== 'string' || Number.isNaN(Date.parse(createdAt))) return false;
  return (
    typeof labels === 'object' &&
    labels !== null &&
    Object.values(labels).every((one) => typeof one === 'string')
  );
}
