// The part of a check that looks at the state file, before anything opens it.
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {Config} from '../../config/config.ts';
import {containerFolders} from '../../containers/container-folders.ts';
import {recordCopyPath} from '../../containers/record-copy.ts';
import {EngineError, isEngineError} from '../../errors.ts';
import type {ContainerRecord} from '../../state/container-record.ts';
import {ContainerRecords} from '../../state/container-records.ts';
import {StateDatabase} from '../../state/database.ts';
import {checkDatabase} from '../../state/database-check.ts';
import {type DatabaseRescue, rescueDatabase} from '../../state/database-rescue.ts';
import {restoreNetworks} from '../../state/record-copy.ts';
import {sqliteCode} from '../../state/sqlite-failure.ts';
import {usersOf} from '../../system/open-files.ts';
import {readOptionalFile} from '../../system/optional-file.ts';
import {finding, mend} from './context.ts';
import type {StoreFinding} from './report.ts';
import {lockStore} from './store-lock.ts';

/**
 * The containers, undefined where their records cannot be read; and what is wrong with the file. Throws EngineError 'state-busy'
 * when others keep it locked.
 */
export async function checkState(
  {dataRoot}: Config,
  {deep, repair}: {deep: boolean; repair: boolean},
): Promise<{containers: ContainerRecord[] | undefined; findings: StoreFinding[]}> {
  const path = join(dataRoot, 'crundle.db');
  const problems = problemsOf(path, dataRoot, deep);
  if (problems.length === 0) return {containers: readRecords({dataRoot}), findings: []};
  const found = finding('database', path, problems);
  if (repair) await mend(found, () => mendState(path, dataRoot, deep));
  return {containers: readRecords({dataRoot}), findings: [found]};
}

// Nobody creates meanwhile, and nobody else mends it.
async function mendState(path: string, dataRoot: string, deep: boolean): Promise<string> {
  using _store = await lockStore({dataRoot}, 'exclusive');
  if (problemsOf(path, dataRoot, deep).length === 0) return 'another check has mended it';
  const users = existsSync(path) ? usersOf(path) : [];
  if (users.length > 0) throw inUse('other processes have it open', users);
  const rescue = await rescueDatabase(path);
  bringBackNetworks(dataRoot, readRecords({dataRoot}) ?? []);
  const outcome = describe(rescue);
  // Who has opened it in the last moment writes into what nobody reads.
  const late = usersOf(path, {replaced: true});
  if (late.length > 0) throw inUse(`${outcome}; other processes still have that one open`, late);
  return outcome;
}

function inUse(what: string, users: readonly number[]): EngineError {
  return new EngineError(
    'state-busy',
    `${what}: ${users.join(', ')}; end them (crundle system stop), then check again`,
  );
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
    if (
      isEngineError(error, 'state-damaged') ||
      error instanceof SyntaxError ||
      sqliteCode(error) !== undefined
    )
      return undefined;
    throw error;
  }
}
