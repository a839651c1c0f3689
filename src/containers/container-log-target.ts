// Where one container's output goes: its options over the configuration's.
import {existsSync} from 'node:fs';
import type {ContainerOptions} from '../../bundles/container-options.ts';
import type {Config} from '../config/config.ts';
import {EngineError} from '../errors.ts';
import type {LogDestination} from '../runtime/conmon.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {journalSocket} from '../system/journal.ts';
import type {ContainerContext} from './container-context.ts';
import {containerPaths} from './container-paths.ts';

interface LogLimits {
  maxSizeBytes: number;
  maxFile: number;
}

export function logLimits(
  {logOpts}: Pick<Config, 'logOpts'>,
  {log}: Pick<ContainerOptions, 'log'>,
): LogLimits {
  return {maxSizeBytes: log?.maxSizeBytes ?? logOpts.maxSizeBytes, maxFile: log?.maxFile ?? logOpts.maxFile};
}

export function hasLogFile({log}: Pick<ContainerOptions, 'log'>): boolean {
  return log?.driver !== 'none' && log?.driver !== 'journald';
}

/** Throws EngineError 'host-unsupported' for the journal where there is none. */
export function logDestination(
  context: ContainerContext,
  {id, name, options}: ContainerRecord,
): LogDestination {
  const driver = options.log?.driver;
  if (driver === 'none') return 'none';
  if (driver === 'journald') {
    if (existsSync(journalSocket)) return {journal: name};
    throw new EngineError(
      'host-unsupported',
      'cannot log to the journal: systemd-journald does not run here',
      {
        hint: '--log-driver json-file keeps a file',
        exit: 125,
      },
    );
  }
  const {maxSizeBytes, maxFile} = logLimits(context.config, options);
  return {path: containerPaths(context.roots, id).logFile, maxBytes: maxSizeBytes, maxFiles: maxFile};
}
