// Paths inside a container, before there is one: text alone.
import {optionError} from './option-error.ts';

/** Without empty, `.` and `..` parts and without a slash at the end. The path is absolute. */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** A place to mount something at. Throws EngineError 'invalid-option' for a relative path and for the root itself. */
export function parseMountTarget(path: string): string {
  if (!path.startsWith('/')) throw optionError(`invalid mount path: '${path}' mount path must be absolute`);
  const target = cleanPath(path);
  if (target === '/') throw optionError("invalid specification: destination can't be '/'");
  return target;
}

/** `-w`. Throws EngineError 'invalid-option' for a relative path. */
export function parseWorkingDir(path: string): string {
  if (path.startsWith('/')) return cleanPath(path);
  throw optionError(`the working directory '${path}' is invalid, it needs to be an absolute path`);
}
