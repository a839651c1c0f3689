// The part of a check that looks at containers' own files: what nobody can bring back is at least said.
import {existsSync, lstatSync} from 'node:fs';
import {join} from 'node:path';
import type {Config} from '../../config/config.ts';
import {containerFolders} from '../../containers/container-folders.ts';
import {removeContainerLocks, withContainerLock} from '../../containers/container-lock.ts';
import {containerPaths} from '../../containers/container-paths.ts';
import {recordCopyPath} from '../../containers/record-copy.ts';
import {EngineError} from '../../errors.ts';
import type {ContainerRecord} from '../../state/container-record.ts';
import {StateDatabase} from '../../state/database.ts';
import {restoreRecords} from '../../state/record-copy.ts';
import {mendRootfs} from '../../storage/container-rootfs.ts';
import {readOptionalFile} from '../../system/optional-file.ts';
import {identifyProcess} from '../../system/process-identity.ts';
import {type CheckContext, finding, mend} from './context.ts';
import {readRecords} from './state.ts';

export async function checkContainers(context: CheckContext): Promise<void> {
  const {config, containers, report} = context;
  for (const {id, status} of containers) {
    if (status === 'creating' || status === 'removing') continue;
    report.checked.containers++;
    const {folder} = containerPaths(config, id);
    if (missingFolders(folder).length === 0) continue;
    await withContainerLock(config, id, async () => {
      // The records were read minutes ago, and a removal may have come to its end since.
      const record = readRecord(config, id);
      const missing = missingFolders(folder);
      if (!record) removeContainerLocks(config, id);
      else if (record.status !== 'removing' && missing.length > 0)
        await tellMissing(context, {folder, record, missing});
    });
  }
}

async function tellMissing(
  {report, options}: CheckContext,
  {folder, record: {id, name, image}, missing}: {folder: string; record: ContainerRecord; missing: string[]},
): Promise<void> {
  const problems = missing.map((path) => `its folder ${path} is missing`);
  const found = finding('container', id, problems, {images: [image], containers: [name]});
  report.findings.push(found);
  if (!options.repair) return;
  await mend(found, async () => {
    if (missing.includes(folder) || missing.includes(join(folder, 'upper'))) {
      throw new EngineError(
        'container-damaged',
        `what it has written is lost: remove it with 'crundle rm ${name}', and make it anew`,
      );
    }
    mendRootfs(folder);
    return 'made anew: nothing that it has written was in there';
  });
}

function missingFolders(folder: string): string[] {
  if (!isFolder(folder)) return [folder];
  return ['upper', 'work', 'rootfs'].map((name) => join(folder, name)).filter((path) => !isFolder(path));
}

function isFolder(path: string): boolean {
  return lstatSync(path, {throwIfNoEntry: false})?.isDirectory() ?? false;
}

function readRecord(config: Config, id: string): ContainerRecord | undefined {
  return readRecords(config)?.find((record) => record.id === id);
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
  let areMore = false;
  for (const id of containerFolders(config.dataRoot)) {
    if (known.some((record) => record.id === id)) continue;
    await withContainerLock(config, id, async () => {
      // A creation may have come to its end since the records were read, or a removal.
      if (readRecord(config, id)) areMore = true;
      else if (!existsSync(containerPaths(config, id).folder)) removeContainerLocks(config, id);
      else {
        const found = finding('container', id, ['its record is lost']);
        report.findings.push(found);
        if (options.repair && (await mend(found, async () => bringBack(config, id)))) areMore = true;
      }
    });
  }
  return areMore ? (readRecords(config) ?? []) : known;
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
