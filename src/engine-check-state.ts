// The part of a check that looks at the state file, before anything opens it.
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import type {Config} from './config/config.ts';
import type {StoreFinding} from './engine-check-report.ts';
import {errnoOf, isEngineError} from './errors.ts';
import type {ContainerRecord} from './state/container-record.ts';
import {ContainerRecords} from './state/container-records.ts';
import {StateDatabase} from './state/database.ts';
import {checkDatabase, type DatabaseRescue, rescueDatabase} from './state/database-check.ts';
import {usersOf} from './system/open-files.ts';

/** The containers, as far as their records can be read, and what is wrong with the file. */
export function checkState(
  {dataRoot}: Config,
  {deep, repair}: {deep: boolean; repair: boolean},
): {containers: ContainerRecord[]; findings: StoreFinding[]} {
  const path = join(dataRoot, 'crundle.db');
  const problems = checkDatabase(path, {deep});
  if (problems.length === 0) return {containers: readRecords(path), findings: []};
  const found: StoreFinding = {
    kind: 'database',
    object: path,
    problems,
    problemCount: problems.length,
    state: 'damaged',
    images: [],
    containers: [],
  };
  if (!repair) return {containers: readRecords(path), findings: [found]};
  const users = usersOf(path);
  if (users.length > 0) {
    found.state = 'lost';
    found.outcome = `other processes have it open: ${users.join(', ')}; end them (crundle system stop), then check again`;
    return {containers: readRecords(path), findings: [found]};
  }
  const rescue = rescueDatabase(path);
  const containers = readRecords(path);
  const lost = lostContainers(dataRoot, containers);
  found.containers = lost;
  found.state = rescue.incomplete.length === 0 && lost.length === 0 ? 'mended' : 'lost';
  found.outcome = describe(rescue, lost);
  return {containers, findings: [found]};
}

function describe({keptAs, rows, incomplete}: DatabaseRescue, lost: string[]): string {
  const counts = Object.entries(rows)
    .filter(([, count]) => count > 0)
    .map(([table, count]) => `${count} of ${table.replaceAll('_', ' ')}`);
  const saved =
    counts.length === 0 ? 'nothing could be read of it' : `saved into a new one: ${counts.join(', ')}`;
  const gone = lost.map(
    (id) =>
      `; the record of container ${id.slice(0, 12)} is lost, what it has written is in containers/${id}/upper`,
  );
  const parts = incomplete.length === 0 ? '' : `; not all could be read of: ${incomplete.join(', ')}`;
  return `${saved}${parts}${gone.join('')}; the damaged one is kept as ${keptAs}`;
}

function lostContainers(dataRoot: string, known: readonly ContainerRecord[]): string[] {
  try {
    const folders = readdirSync(join(dataRoot, 'containers'));
    return folders.filter((name) => /^[0-9a-f]{64}$/.test(name) && !known.some(({id}) => id === name));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function readRecords(path: string): ContainerRecord[] {
  try {
    using state = new StateDatabase(path);
    return new ContainerRecords(state).list();
  } catch (error) {
    // Damaged: then nothing is known of containers.
    if (isEngineError(error, 'state-damaged') || error instanceof SyntaxError || isSqlite(error)) return [];
    throw error;
  }
}

function isSqlite(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}
