// The part of a check that looks at containers' own files: what nobody can bring back is at least said.
import {existsSync, lstatSync} from 'node:fs';
import {join} from 'node:path';
import type {Config} from '../../config/config.ts';
import {containerFolders} from '../../containers/container-folders.ts';
import {containerPaths} from '../../containers/container-paths.ts';
import {recordCopyPath} from '../../containers/record-copy.ts';
import {EngineError} from '../../errors.ts';
import type {ContainerRecord} from '../../state/container-record.ts';
import {StateDatabase} from '../../state/database.ts';
import {restoreRecords} from '../../state/record-copy.ts';
import {readOptionalFile} from '../../system/optional-file.ts';
import {identifyProcess} from '../../system/process-identity.ts';
import {type CheckContext, finding, mend} from './context.ts';
import {readRecords} from './state.ts';

export async function checkContainers(context: CheckContext): Promise<void> {
  const {config, containers, report, options} = context;
  for (const {id, name, image, status} of containers) {
    if (status === 'creating' || status === 'removing') continue;
    report.checked.containers++;
    const problem = problemOf(containerPaths(config, id).folder);
    if (problem === undefined) continue;
    const found = finding('container', id, [problem], {images: [image], containers: [name]});
    report.findings.push(found);
    if (!options.repair) continue;
    found.state = 'lost';
    found.outcome = `what it has written is lost: remove it with 'crundle rm ${name}', and make it anew`;
  }
}

function problemOf(folder: string): string | undefined {
  for (const path of [folder, join(folder, 'upper'), join(folder, 'work')]) {
    if (!lstatSync(path, {throwIfNoEntry: false})?.isDirectory()) return `its folder ${path} is missing`;
  }
  return undefined;
}

/**
 * Looks for containers that have files and no record: the database has lost them. Returns all containers, those that were brought back
 * among them; none where nobody can say which there are.
 */
export async function withLostContainers(
  known: readonly ContainerRecord[] | undefined,
  {config, report, options}: Pick<CheckContext, 'config' | 'report' | 'options'>,
): Promise<readonly ContainerRecord[]> {
  if (known === undefined) return [];
  let isAnyBack = false;
  for (const id of containerFolders(config.dataRoot)) {
    if (known.some((record) => record.id === id)) continue;
    const found = finding('container', id, ['its record is lost']);
    report.findings.push(found);
    if (options.repair && (await mend(found, async () => bringBack(config, id)))) isAnyBack = true;
  }
  return isAnyBack ? (readRecords(config) ?? []) : known;
}

function bringBack(config: Config, id: string): string {
  const {folder, runFolder, logFile} = containerPaths(config, id);
  const pid = Number(readOptionalFile(join(runFolder, 'conmon.pid')));
  if (pid > 0 && identifyProcess(pid)) {
    throw new EngineError('container-running', `it still runs: end it with 'kill ${pid}', then check again`);
  }
  using state = new StateDatabase(join(config.dataRoot, 'crundle.db'));
  try {
    restoreRecords(state, id, readOptionalFile(recordCopyPath(folder)) ?? '', {hasRun: existsSync(logFile)});
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'container-damaged') throw error;
    throw new EngineError('container-damaged', `${error.message}; what it has written is in ${folder}/upper`);
  }
  return 'its record is brought back from its copy';
}
