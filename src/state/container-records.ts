// One row a container. What `create` was told (options, image, layers), of which only `rename` and `update` change a
// little, stands beside what the lifecycle moves (status, processes, times). Liveness is not recorded: it is asked of the kernel.
import type {ContainerOptions} from '../../bundles/container-options.ts';
import {EngineError} from '../errors.ts';
import type {ContainerChange, ContainerRecord, NewContainer, StoppedBy} from './container-record.ts';
import {columnOf, decode, encode} from './container-row.ts';
import {type ContainerStatus, transitions} from './container-status.ts';
import type {StateDatabase} from './database.ts';
import {copyRecords} from './record-copy.ts';
import {isUniqueViolation} from './sqlite-failure.ts';

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
   * Moves a container to another status. Durable when asked. Throws a plain Error for a move that
   * container-status.ts does not have, because that is a bug; returns false when the row is gone.
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
          `INSERT OR REPLACE INTO removed_containers (id, exit_code, oom_killed)
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

  /** Its rows as text: see record-copy.ts. */
  copy(id: string): string | undefined {
    return copyRecords(this.#state, id);
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
