// -e and --env-file, which run, create and exec have: the variables are read where the caller's environment is.

import {readFileSync} from 'node:fs';
import {parseEnv, parseEnvFile} from '../../bundles/options/environment.ts';
import {EngineError, errnoOf} from '../errors.ts';
import {parsedList} from './flag-kinds.ts';

export const envFlag = parsedList(
  'list',
  readVariable,
)({char: 'e', description: 'Set environment variables'});

export const envFileFlag = parsedList(
  'list',
  readEnvFile,
)({description: 'Read environment variables from a file'});

/** What both flags give together; --env goes over --env-file wherever it stands. */
export function readEnv(files: string[][] | undefined, variables: string[] | undefined): string[] {
  return [...(files ?? []).flat(), ...(variables ?? [])];
}

function readVariable(text: string): string {
  return parseEnv([text], process.env)[0] ?? text;
}

function readEnvFile(path: string): string[] {
  return parseEnvFile(readText(path), {path, caller: process.env});
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reasons: Record<string, string> = {
      ENOENT: 'no such file',
      EISDIR: 'it is a folder',
      EACCES: 'permission denied',
    };
    const reason = reasons[errnoOf(error) ?? ''];
    if (reason === undefined) throw error;
    throw new EngineError('invalid-option', `cannot read ${path}: ${reason}`, {cause: error});
  }
}
