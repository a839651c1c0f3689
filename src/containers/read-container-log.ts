// `logs`: what a container wrote, from its first start on.
import {existsSync} from 'node:fs';
import {type LogEntry, readLog} from '../runtime/container-log.ts';
import type {ContainerRecord} from '../state/container-records.ts';
import {isAlive} from '../system/process-identity.ts';
import type {ContainerContext} from './container-context.ts';
import {logLimits, requireLogFile} from './container-log-target.ts';
import {containerPaths} from './container-paths.ts';

export interface LogOptions {
  /** Go on until the container ends. */
  follow?: boolean;
  /** Only the last lines. Default: all. */
  tail?: number;
  since?: Date;
  until?: Date;
  signal?: AbortSignal;
}

/** Oldest first. A container that has never run has an empty log. Throws EngineError 'not-supported' when it is no file. */
export async function* readContainerLog(
  context: ContainerContext,
  record: ContainerRecord,
  {follow = false, ...filter}: LogOptions,
): AsyncGenerator<LogEntry> {
  requireLogFile(record);
  const {id, options} = record;
  const path = containerPaths(context.roots, id).logFile;
  if (!existsSync(path) && !follow) return;
  yield* readLog({
    path,
    maxFiles: logLimits(context.config, options).maxFile,
    ...filter,
    ...(follow && {follow: {isRunning: () => isWriting(context, id)}}),
  });
}

function isWriting(context: ContainerContext, id: string): boolean {
  const conmon = context.records.get(id)?.conmon;
  return conmon !== undefined && isAlive(conmon);
}
