// The part of a check that looks at the state file, before anything opens it.
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {Config} from '../../config/config.ts';
import {containerFolders} from '../../containers/container-folders.ts';
import {recordCopyPath} from '../../containers/record-copy.ts';
import {isEngineError} from '../../errors.ts';
import type {ContainerRecord} from '../../state/container-record.ts';
import {ContainerRecords} from '../../state/container-records.ts';
import {StateDatabase} from '../../state/database.ts';
import {checkDatabase, type DatabaseRescue, rescueDatabase} from '../../state/database-check.ts';
import {restoreNetworks} from '../../state/record-copy.ts';
import {usersOf} from '../../system/open-files.ts';
import {readOptionalFile} from '../../system/optional-file.ts';
import type {StoreFinding} from './report.ts';

/** The containers, undefined where their records cannot be read; and what is wrong with the file. */
export function checkState(
  {dataRoot}: Config,
  {deep, repair}: {deep: boolean; repair: boolean},
): {containers: ContainerRecord[] | undefined; findings: StoreFinding[]} {
  const path = join(dataRoot, 'crundle.db');
  const problems = problemsOf(path, dataRoot, deep);
  if (problems.length === 0) return {containers: readRecords({dataRoot}), findings: []};
  const found: StoreFinding = {
    kind: 'database',
    object: path,
    problems,
    problemCount: problems.length,
    state: 'damaged',
    images: [],
    containers: [],
  };
  if (!repair) return {containers: readRecords({dataRoot}), findings: [found]};
  const users = existsSync(path) ? usersOf(path) : [];
  if (users.length > 0) {
    found.state = 'lost';
    found.outcome = `other processes have it open: ${users.join(', ')}; end them (crundle system stop), then check again`;
    return {containers: readRecords({dataRoot}), findings: [found]};
  }
  const rescue = rescueDatabase(path);
  found.state = 'mended';
  found.outcome = describe(rescue);
  const containers = readRecords({dataRoot}) ?? [];
  bringBackNetworks(dataRoot, containers);
  return {containers, findings: [found]};
}

// Rows of a container that is there may have been lost apart from its own.
function bringBackNetworks(dataRoot: string, containers: readonly ContainerRecord[]): void {
  using state = new StateDatabase(join(dataRoot, 'crundle.db'));
  for (const {id} of containers) {
    const text = readOptionalFile(recordCopyPath(join(dataRoot, 'containers', id)));
    if (text !== undefined) restoreNetworks(state, text);
  }
}

// An engine would make a new one without a word.
function problemsOf(path: string, dataRoot: string, deep: boolean): string[] {
  if (existsSync(path)) return checkDatabase(path, {deep});
  return containerFolders(dataRoot).length > 0 ? ['it is missing, and there are containers'] : [];
}

function describe({keptAs, rows, incomplete}: DatabaseRescue): string {
  const counts = Object.entries(rows)
    .filter(([, count]) => count > 0)
    .map(([table, count]) => `${count} of ${table.replaceAll('_', ' ')}`);
  const saved =
    counts.length === 0 ? 'a new one; nothing could be read of it' : `a new one, with ${counts.join(', ')}`;
  const parts =
    incomplete.length === 0
      ? ''
      : `; not all could be read of: ${incomplete.join(', ')}; networks that no container is on may be lost`;
  return `${saved}${parts}${keptAs === undefined ? '' : `; the damaged one is kept as ${keptAs}`}`;
}

/** Undefined where the file is damaged. */
export function readRecords({dataRoot}: Pick<Config, 'dataRoot'>): ContainerRecord[] | undefined {
  const path = join(dataRoot, 'crundle.db');
  if (!existsSync(path)) return [];
  try {
    using state = new StateDatabase(path);
    return new ContainerRecords(state).list();
  } catch (error) {
    if (isEngineError(error, 'state-damaged') || error instanceof SyntaxError || isSqlite(error))
      return undefined;
    throw error;
  }
}

function isSqlite(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}
