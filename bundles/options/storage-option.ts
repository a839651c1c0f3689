// `--storage-opt size=10g`: how much a container may write into its root filesystem.
import {parseMemory} from './memory-size.ts';
import {optionError} from './option-error.ts';

export interface StorageOption {
  name: string;
  value: string;
}

/** A `NAME=VALUE`. Throws EngineError 'invalid-option' for other text. */
export function parseStorageOption(text: string): StorageOption {
  const [, name, value] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return {name, value};
  throw optionError('invalid storage option', {hint: 'write NAME=VALUE'});
}

/** The size in bytes that the last of them gives. Throws EngineError 'invalid-option', in Docker's words. */
export function storageSize(options: readonly StorageOption[]): number | undefined {
  let bytes: number | undefined;
  for (const {name, value} of options) {
    if (name.toLowerCase() !== 'size') throw optionError(`Unknown option ${name}`);
    bytes = parseMemory(value);
  }
  // Of none, as under Docker.
  return bytes === 0 ? undefined : bytes;
}
