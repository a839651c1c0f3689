// `--storage-opt`: the size of a container's own layer, which would take project quotas of the filesystem.
import {EngineError} from '../../src/errors.ts';
import {optionError} from './option-error.ts';

/** The name of a `NAME=VALUE`. Throws EngineError 'invalid-option' for other text. */
export function parseStorageOption(text: string): string {
  const [, name] = /^([^=]*)=/.exec(text) ?? [];
  if (name !== undefined) return name;
  throw optionError('invalid storage option', {hint: 'write NAME=VALUE'});
}

/** Always throws: EngineError 'not-supported' for the size, 'invalid-option' for anything else, in Docker's words. */
export function refuseStorageOption(name: string): never {
  if (name.toLowerCase() !== 'size') throw optionError(`Unknown option ${name}`);
  throw new EngineError(
    'not-supported',
    '--storage-opt size is not supported: crundle sets no project quotas yet, which xfs and ext4 have where they are mounted with prjquota',
    {hint: 'keep what grows in a tmpfs with a size, or in a volume on a filesystem of its own', exit: 125},
  );
}
