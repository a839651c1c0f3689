// What is kept of containers' health. While a container runs: in its run folder, which is in memory, so that a probe each half
// minute wears no card; afterwards with its other files. And the marks, which say whom the health checker is to probe.
//
//   <run-root>/health/ID                 a mark: since when
//   <run-root>/health.lock, health.pid   held by the health checker; of the one that was left last
//   <run-root>/containers/ID/health.json while it runs; beside it `probe`, the exec that is under way
//   <data-root>/containers/ID/health.json after that
import {existsSync, mkdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {errnoOf} from '../../errors.ts';
import {namesInOptionalFolder, readOptionalFile} from '../../system/optional-file.ts';
import {containerPaths, type EngineRoots} from '../container-paths.ts';
import {type HealthState, parseHealth} from './health-state.ts';

/** Of its last run; undefined for a container that has not been started with a health check. */
export function readHealth(roots: EngineRoots, id: string): HealthState | undefined {
  return readLiveHealth(roots, id) ?? parseHealth(readOptionalFile(fileIn(containerPaths(roots, id).folder)));
}

/** Of the run that is. */
export function readLiveHealth(roots: EngineRoots, id: string): HealthState | undefined {
  return parseHealth(readOptionalFile(fileIn(containerPaths(roots, id).runFolder)));
}

/** Of a container that runs. Atomic. */
export function writeHealth(roots: EngineRoots, id: string, state: HealthState): void {
  replace(fileIn(containerPaths(roots, id).runFolder), state);
}

/**
 * Of a container that has ended. Atomic. It is no state: a power cut may take it, and where none can be written (a full disk, one
 * that is read-only) what was kept of an earlier run stays.
 */
export function keepHealth(roots: EngineRoots, id: string, state: HealthState): void {
  const {folder, runFolder} = containerPaths(roots, id);
  const path = fileIn(folder);
  if (existsSync(folder) && !isAllowed(() => replace(path, state)))
    isAllowed(() => rmSync(`${path}.tmp`, {recursive: true, force: true}));
  rmSync(fileIn(runFolder), {force: true});
}

// False when the system refuses.
function isAllowed(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

function fileIn(folder: string): string {
  return join(folder, 'health.json');
}

function replace(path: string, state: HealthState): void {
  writeFileSync(`${path}.tmp`, JSON.stringify(state), {mode: 0o600});
  renameSync(`${path}.tmp`, path);
}

export function marksFolder({runRoot}: EngineRoots): string {
  return join(runRoot, 'health');
}

export function checkerLockPath({runRoot}: EngineRoots): string {
  return join(runRoot, 'health.lock');
}

export function checkerPidPath({runRoot}: EngineRoots): string {
  return join(runRoot, 'health.pid');
}

/** Ids of the containers that are to be probed, each with since when. */
export function readMarks(roots: EngineRoots): Map<string, string> {
  const marks = new Map<string, string>();
  for (const id of namesInOptionalFolder(marksFolder(roots))) {
    const since = readMark(roots, id);
    // Empty: it is being written.
    if (since !== undefined && since !== '') marks.set(id, since);
  }
  return marks;
}

export function readMark(roots: EngineRoots, id: string): string | undefined {
  return readOptionalFile(join(marksFolder(roots), id));
}

export function writeMark(roots: EngineRoots, id: string): void {
  mkdirSync(marksFolder(roots), {recursive: true, mode: 0o700});
  writeFileSync(join(marksFolder(roots), id), new Date().toISOString(), {mode: 0o600});
}

export function removeMark(roots: EngineRoots, id: string): void {
  rmSync(join(marksFolder(roots), id), {force: true});
}
