// The engine's volumes: making, listing and removing them, with what containers have to do with it.
import {reconcileContainers} from '../containers/reconcile.ts';
import {EngineError} from '../errors.ts';
import {pruneEvent, volumeEvent} from '../events.ts';
import type {Volume} from '../volumes/volume-store.ts';
import type {EngineParts} from './parts.ts';
import {type PruneOptions, pruneFilter} from './prune.ts';

export interface VolumeSummary extends Volume {
  /** Ids of the containers that mount it, running or not. */
  users: string[];
}

export interface VolumeRequest {
  /** Default: one is made up, and the volume is anonymous. */
  name?: string;
  /** Default, and only one there is: 'local'. */
  driver?: string;
  labels?: Record<string, string>;
}

/** The volumes of one engine: `engine.volumes`. Names are whole names; what is not there is 'volume-not-found'. */
export class VolumeEngine {
  readonly #parts: EngineParts;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /**
   * Makes a volume, durably; one that is there stays as it is. Throws EngineError 'invalid-option' for a name that is none,
   * 'not-supported' for another driver.
   */
  async create({name, driver = 'local', labels = {}}: VolumeRequest = {}): Promise<Volume> {
    if (driver !== 'local') {
      throw new EngineError(
        'not-supported',
        `create ${name ?? ''}: error looking up volume plugin ${driver}: plugin "${driver}" not found`,
        {hint: "volumes are folders on this machine: the only driver is 'local'"},
      );
    }
    const volume = await this.#parts.volumes.create(name, {labels});
    this.#parts.tell(volumeEvent('create', volume.name));
    return volume;
  }

  /** Every volume, by name. */
  async list(): Promise<VolumeSummary[]> {
    const volumes = await this.#parts.volumes.list();
    const users = this.#users();
    return volumes.map((volume) => ({...volume, users: users.get(volume.name) ?? []}));
  }

  async inspect(name: string): Promise<Volume> {
    return await this.#parts.volumes.inspect(name);
  }

  /** Removes a volume and all in it. Throws EngineError 'volume-in-use' while a container, running or not, mounts it. */
  async remove(name: string): Promise<void> {
    await reconcileContainers(this.#parts.containers);
    const removeFiles = this.#claim(name);
    if (!removeFiles) throw new EngineError('volume-not-found', `get ${name}: no such volume`);
    this.#parts.tell(volumeEvent('destroy', name));
    await removeFiles();
  }

  /**
   * Removes the anonymous volumes that no container mounts, or with `all` the named ones too. Returns their names and how
   * much they held. Volumes know no `until`.
   */
  async prune({all = false, ...options}: Omit<PruneOptions, 'until'> & {all?: boolean} = {}): Promise<{
    removed: string[];
    bytes: number;
  }> {
    const {matchesLabels} = pruneFilter(options);
    await reconcileContainers(this.#parts.containers);
    const removed: string[] = [];
    let bytes = 0;
    for (const {name, anonymous, labels, users} of await this.list()) {
      if (users.length > 0 || !(all || anonymous) || !matchesLabels(labels)) continue;
      const size = await this.#parts.volumes.sizeOf(name);
      const removeFiles = this.#claimUnused(name);
      if (!removeFiles) continue;
      this.#parts.tell(volumeEvent('destroy', name));
      await removeFiles();
      removed.push(name);
      bytes += size;
    }
    this.#parts.tell(pruneEvent('volume', bytes));
    return {removed, bytes};
  }

  // In a transaction: whoever makes a container writes down its volumes in another one, before or after, and then makes
  // those that are not there.
  #claim(name: string): (() => Promise<void>) | undefined {
    return this.#parts.state.transaction(() => {
      const users = this.#users().get(name) ?? [];
      if (users.length === 0) return this.#parts.volumes.setAside(name);
      throw new EngineError('volume-in-use', `remove ${name}: volume is in use - [${users.join(', ')}]`, {
        hint: `remove the container first: 'crundle rm -f ${users[0]?.slice(0, 12)}'`,
      });
    });
  }

  #claimUnused(name: string): (() => Promise<void>) | undefined {
    return this.#parts.state.transaction(() =>
      this.#users().has(name) ? undefined : this.#parts.volumes.setAside(name),
    );
  }

  #users(): Map<string, string[]> {
    return volumeUsers(this.#parts.containers.records.list());
  }
}

function volumeUsers(
  records: readonly {id: string; volumes: readonly {name: string}[]}[],
): Map<string, string[]> {
  const users = new Map<string, string[]>();
  for (const {id, volumes} of records) {
    for (const name of new Set(volumes.map((volume) => volume.name))) {
      users.set(name, [...(users.get(name) ?? []), id]);
    }
  }
  return users;
}
