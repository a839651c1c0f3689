// Files and folders that may be absent, where absence is an answer.
import {readdirSync, readFileSync} from 'node:fs';
import {errnoOf} from '../errors.ts';

/** The whole text, or undefined when there is no such file. Any other failure is thrown. */
export function readOptionalFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Names of what is in a folder; none when there is no such folder. Any other failure is thrown. */
export function namesInOptionalFolder(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
