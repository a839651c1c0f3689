// A flag of run and create together with where its value lands in a container's options.
import type {BooleanFlag, FlagInput, OptionFlag} from '@oclif/core/interfaces';
import type {ContainerOptions} from '../../bundles/container-options.ts';
import {isEngineError} from '../errors.ts';
import {UsageError} from './usage-error.ts';

export interface FlagRow {
  flag: FlagInput[string];
  apply: (options: ContainerOptions, value: never) => unknown;
}

/** Ties the type of the flag's value to what `apply` takes. */
export function row<T>(
  flag: OptionFlag<T | undefined> | BooleanFlag<T | undefined>,
  apply: (options: ContainerOptions, value: T) => unknown,
): FlagRow {
  return {flag, apply};
}

/**
 * For a value that Docker's client looks at once it has read the whole line: a wrong one exits with 125 and says what is
 * wrong without the flag's name around it.
 */
export function checkedByClient<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isEngineError(error, 'invalid-option')) throw error;
    throw new UsageError(error.message, {exit: 125, cause: error, ...(error.hint && {hint: error.hint})});
  }
}
