// `logs`: what a container wrote, from its first start on.
import {existsSync} from 'node:fs';
import {EngineError} from '../errors.ts';
import {type LogEntry, readLog} from '../runtime/container-log.ts';
import {readJournalLog} from '../runtime/journal-log.ts';
import {type TimeFilter, toInstant} from '../runtime/time-filter.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {isAlive} from '../system/process-identity.ts';
import type {ContainerContext} from './container-context.ts';
import {logLimits} from './container-log-target.ts';
import {containerPaths} from './container-paths.ts';

export interface LogOptions {
  /** Go on until the container ends. */
  follow?: boolean;
  /** Only the last lines. Default: all. */
  tail?: number;
  since?: TimeFilter;
  until?: TimeFilter;
  signal?: AbortSignal;
}

/**
 * Oldest first. A container that has never run has an empty log. Throws EngineError 'not-supported' when none is kept,
 * 'invalid-option' for text that is no time.
 */
export async function* readContainerLog(
  context: ContainerContext,
  record: ContainerRecord,
  {follow = false, ...asked}: LogOptions,
): AsyncGenerator<LogEntry> {
  const {id, options} = record;
  const filter = {...asked, since: toInstant(asked.since), until: toInstant(asked.until)};
  if (options.log?.driver === 'none') throw unreadable(record);
  const running = follow ? {follow: {isRunning: () => isWriting(context, id)}} : {};
  if (options.log?.driver === 'journald') {
    yield* readJournalLog({id, ...filter, ...running});
    return;
  }
  const path = containerPaths(context.roots, id).logFile;
  if (!existsSync(path) && !follow) return;
  yield* readLog({
    path,
    maxFiles: logLimits(context.config, options).maxFile,
    ...filter,
    ...running,
  });
}

function isWriting(context: ContainerContext, id: string): boolean {
  const conmon = context.records.get(id)?.conmon;
  return conmon !== undefined && isAlive(conmon);
}

function unreadable({name}: ContainerRecord): EngineError {
  return new EngineError('not-supported', 'configured logging driver does not support reading', {
    hint: `${name} was made with --log-driver none: its output is not kept`,
  });
}
