// One row a container. What `create` was told (options, image, layers), of which only `rename` and `update` change a
// little, stands beside what the lifecycle moves (status, processes, times). Liveness is not recorded: it is asked of the kernel.
//
//   creating ──> created ──> starting ──> running ──> exited ──────> starting …
//                               └────────────┴──> restarting ──> starting …, exited
//      └──────────┴─────────────┴────────────┴──────────┴──> removing ──> (no row)
import type {ContainerOptions} from '../../bundles/container-options.ts';
import {EngineError} from '../errors.ts';
import type {ImageRuntimeConfig} from '../oci/image-spec.ts';
import type {ProcessIdentity} from '../system/process-identity.ts';
import {columnOf, decode, encode} from './container-row.ts';
import {isUniqueViolation, type StateDatabase} from './database.ts';

/**
 * `creating`, `starting` and `removing` are intents: the command that wrote one holds the container's lock until
 * it has written the next status. Found without a holder, they tell what a killed command left to undo. `restarting`
 * is one too: it has ended and is to be started at `restartAt`, by a process that waits for that or, when that was
 * killed, by whoever finds it overdue.
 */
export type ContainerStatus =
  | 'creating'
  | 'created'
  | 'starting'
  | 'running'
  | 'restarting'
  | 'exited'
  | 'removing';

const transitions: Record<ContainerStatus, readonly ContainerStatus[]> = {
  creating: ['created', 'removing'],
  created: ['starting', 'removing'],
  starting: ['running', 'created', 'exited', 'restarting', 'removing'],
  running: ['exited', 'restarting', 'removing'],
  restarting: ['starting', 'exited', 'removing'],
  exited: ['starting', 'removing'],
  removing: [],
};

/** A named or anonymous volume that the container mounts. */
export interface VolumeUse {
  name: string;
  target: string;
  readOnly: boolean;
  anonymous: boolean;
  /** The part of the volume that is mounted, as a relative path. Absent: all of it. */
  subpath?: string;
}

export interface ContainerRecord {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  /** The image as the person named it. */
  readonly image: string;
  /** Digest of the image's configuration. */
  readonly imageId: string;
  readonly manifestDigest: string;
  /** Layers, lowest first. */
  readonly chainIds: readonly string[];
  /** What the image asks of a container (Env, User, StopSignal …): kept, because the image may go first. */
  readonly imageConfig: ImageRuntimeConfig;
  /** What PID 1 executes: entry point and arguments. */
  readonly command: readonly string[];
  readonly options: ContainerOptions;
  readonly volumes: readonly VolumeUse[];
  readonly status: ContainerStatus;
  /** The container's PID 1 as the host sees it, while it was last known to run. */
  readonly process: ProcessIdentity | undefined;
  readonly conmon: ProcessIdentity | undefined;
  readonly startedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
  readonly exitCode: number | undefined;
  readonly oomKilled: boolean;
  /** Why the last start failed. */
  readonly error: string | undefined;
  /** A removal that has begun takes the anonymous volumes too. */
  readonly removeVolumes: boolean;
  /** How often its restart policy has started it since a person did. */
  readonly restartCount: number;
  /** The last pause before such a start. 0: there was none since a person started it. */
  readonly restartDelayMs: number;
  /** When it is to be started again; only in status 'restarting'. */
  readonly restartAt: Date | undefined;
  /** Who has asked it to end since it was last started: then its restart policy does not act on its end. */
  readonly stoppedBy: StoppedBy | undefined;
}

/** `system`: the machine went down, or all containers were stopped for another reason of the host's. */
export type StoppedBy = 'person' | 'system';

/** The part of a record that the lifecycle changes. */
export type ContainerChange = Partial<
  Pick<
    ContainerRecord,
    | 'process'
    | 'conmon'
    | 'startedAt'
    | 'finishedAt'
    | 'exitCode'
    | 'oomKilled'
    | 'error'
    | 'removeVolumes'
    | 'restartCount'
    | 'restartDelayMs'
    | 'restartAt'
    | 'stoppedBy'
  >
>;

export type NewContainer = Pick<
  ContainerRecord,
  | 'id'
  | 'name'
  | 'createdAt'
  | 'image'
  | 'imageId'
  | 'manifestDigest'
  | 'chainIds'
  | 'imageConfig'
  | 'command'
  | 'options'
  | 'volumes'
>;

export class ContainerRecords {
  readonly #state: StateDatabase;

  constructor(state: StateDatabase) {
    this.#state = state;
  }

  /** Adds a row in status 'creating'. Throws EngineError 'container-name-in-use'. */
  insert(container: NewContainer): void {
    try {
      this.#state.transaction(() =>
        this.#state
          .prepare(
            `INSERT INTO containers (id, name, created_at, image, image_id, manifest_digest, chain_ids, image_config,
               command, options, volumes, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'creating')`,
          )
          .run(
            container.id,
            container.name,
            container.createdAt.toISOString(),
            container.image,
            container.imageId,
            container.manifestDigest,
            JSON.stringify(container.chainIds),
            JSON.stringify(container.imageConfig),
            JSON.stringify(container.command),
            JSON.stringify(container.options),
            JSON.stringify(container.volumes),
          ),
      );
    } catch (error) {
      throw isUniqueViolation(error) ? this.#nameInUse(container.name, error) : error;
    }
  }

  /** Gives a container another name, durably. Throws EngineError 'container-name-in-use'. */
  rename(id: string, name: string): void {
    try {
      this.#state.transaction(
        () => this.#state.prepare('UPDATE containers SET name = ? WHERE id = ?').run(name, id),
        {durable: true},
      );
    } catch (error) {
      throw isUniqueViolation(error) ? this.#nameInUse(name, error) : error;
    }
  }

  /** Replaces the options of a container, durably. */
  updateOptions(id: string, options: ContainerOptions): void {
    this.#state.transaction(
      () =>
        this.#state
          .prepare('UPDATE containers SET options = ? WHERE id = ?')
          .run(JSON.stringify(options), id),
      {durable: true},
    );
  }

  #nameInUse(name: string, cause: unknown): EngineError {
    const holder = this.findByName(name);
    return new EngineError(
      'container-name-in-use',
      `the container name "/${name}" is already in use by container ${holder?.id ?? 'that was just removed'}`,
      {hint: `remove or rename that container, or choose another name`, cause, exit: 125},
    );
  }

  /**
   * Moves a container to another status. Durable when asked. Throws a plain Error for a move that the diagram
   * above does not have, because that is a bug; returns false when the row is gone.
   */
  move(id: string, to: ContainerStatus, change: ContainerChange = {}, {durable = false} = {}): boolean {
    return this.#state.transaction(
      () => {
        const row = this.#state.prepare('SELECT status FROM containers WHERE id = ?').get(id);
        if (row) this.#write(id, row.status as ContainerStatus, to, change);
        return row !== undefined;
      },
      {durable},
    );
  }

  /** As move, to where `decide` says, which sees the row as it is in the same transaction. Nothing when the row is gone. */
  moveAfter(
    id: string,
    decide: (record: ContainerRecord) => {to: ContainerStatus; change: ContainerChange},
  ): void {
    this.#state.transaction(() => {
      const record = this.get(id);
      if (!record) return;
      const {to, change} = decide(record);
      this.#write(id, record.status, to, change);
    });
  }

  #write(id: string, from: ContainerStatus, to: ContainerStatus, change: ContainerChange): void {
    if (from !== to && !transitions[from].includes(to)) {
      throw new Error(`container ${id} cannot go from ${from} to ${to}`);
    }
    const columns = Object.entries(change).map(([key, value]) => [columnOf(key), encode(value)] as const);
    const assignments = ['status = ?', ...columns.map(([column]) => `${column} = ?`)].join(', ');
    this.#state
      .prepare(`UPDATE containers SET ${assignments} WHERE id = ?`)
      .run(to, ...columns.map(([, value]) => value), id);
  }

  /**
   * Writes down that a running container is asked to end; false when it does not run. A person's word stays when the
   * system asks too. Durable when asked.
   */
  markStopped(id: string, by: StoppedBy, {durable = false} = {}): boolean {
    const {changes} = this.#state.transaction(
      () =>
        this.#state
          .prepare(
            `UPDATE containers SET stopped_by = CASE stopped_by WHEN 'person' THEN 'person' ELSE ? END
             WHERE id = ? AND status = 'running'`,
          )
          .run(by, id),
      {durable},
    );
    return changes === 1;
  }

  /**
   * Deletes the row. Idempotent. How the container ended is kept for a while, because with --rm a `wait` or an
   * attached client may ask only after another command has removed it.
   */
  delete(id: string): void {
    this.#state.transaction(() => {
      this.#state
        .prepare(
          `INSERT OR REPLACE INTO removed_containers
             SELECT id, exit_code, oom_killed FROM containers WHERE id = ? AND exit_code IS NOT NULL`,
        )
        .run(id);
      this.#state
        .prepare(
          'DELETE FROM removed_containers WHERE rowid <= (SELECT max(rowid) FROM removed_containers) - 1000',
        )
        .run();
      this.#state.prepare('DELETE FROM containers WHERE id = ?').run(id);
    });
  }

  /** How a container ended whose row is gone; undefined when it never ran, or when that is long ago. */
  exitOfRemoved(id: string): {exitCode: number; oomKilled: boolean} | undefined {
    const row = this.#state
      .prepare('SELECT exit_code, oom_killed FROM removed_containers WHERE id = ?')
      .get(id);
    return row && {exitCode: Number(row.exit_code), oomKilled: row.oom_killed === 1};
  }

  get(id: string): ContainerRecord | undefined {
    const row = this.#state.prepare('SELECT * FROM containers WHERE id = ?').get(id);
    return row && decode(row);
  }

  findByName(name: string): ContainerRecord | undefined {
    const row = this.#state.prepare('SELECT * FROM containers WHERE name = ?').get(name);
    return row && decode(row);
  }

  /** Containers whose id begins with `prefix` (lower-case hexadecimal digits), at most two: enough to see ambiguity. */
  findByIdPrefix(prefix: string): ContainerRecord[] {
    if (!/^[0-9a-f]{1,64}$/.test(prefix)) return [];
    const rows = this.#state.prepare("SELECT * FROM containers WHERE id GLOB ? || '*' LIMIT 2").all(prefix);
    return rows.map(decode);
  }

  /** All containers, or those in one of these statuses; newest first. */
  list(...statuses: ContainerStatus[]): ContainerRecord[] {
    const where = statuses.length === 0 ? '' : `WHERE status IN (${statuses.map(() => '?').join(', ')})`;
    const rows = this.#state
      .prepare(`SELECT * FROM containers ${where} ORDER BY created_at DESC, rowid DESC`)
      .all(...statuses);
    return rows.map(decode);
  }
}
