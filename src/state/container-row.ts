// A row of the table `containers` as a record, and the other way round. Only container-records.ts reads and writes these
// columns.
import type {ProcessIdentity} from '../system/process-identity.ts';
import type {ContainerRecord, StoppedBy} from './container-record.ts';
import type {ContainerStatus} from './container-status.ts';

export function columnOf(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function encode(value: unknown): string | number | null {
  if (value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string' || typeof value === 'number') return value;
  return JSON.stringify(value);
}

export function decode(row: Record<string, unknown>): ContainerRecord {
  return {
    id: String(row.id),
    name: String(row.name),
    createdAt: new Date(String(row.created_at)),
    image: String(row.image),
    imageId: String(row.image_id),
    manifestDigest: String(row.manifest_digest),
    chainIds: json(row.chain_ids),
    imageConfig: json(row.image_config),
    command: json(row.command),
    options: json(row.options),
    volumes: json(row.volumes),
    status: row.status as ContainerStatus,
    process: optional(row.process, json<ProcessIdentity>),
    conmon: optional(row.conmon, json<ProcessIdentity>),
    startedAt: optional(row.started_at, (text) => new Date(String(text))),
    finishedAt: optional(row.finished_at, (text) => new Date(String(text))),
    exitCode: optional(row.exit_code, Number),
    oomKilled: row.oom_killed === 1,
    error: optional(row.error, String),
    removeVolumes: row.remove_volumes === 1,
    restartCount: Number(row.restart_count),
    restartDelayMs: Number(row.restart_delay_ms),
    restartAt: optional(row.restart_at, (text) => new Date(String(text))),
    stoppedBy: optional(row.stopped_by, (text) => text as StoppedBy),
  };
}

// Only this module writes these columns, in the same shape.
function json<T>(text: unknown): T {
  return JSON.parse(String(text)) as T;
}

function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === null || value === undefined ? undefined : read(value);
}
