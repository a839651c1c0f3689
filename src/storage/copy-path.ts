// Docker's rules for the paths of `cp`: what a slash or a dot at the end asks for, and what a copy is named. Pure.
import {posix} from 'node:path';

/** An absolute path without '..', but with the '/' or '/.' that it was typed with at its end. */
export type CopyPath = string;

/** `text` as typed; relative ones start from `folder`. */
export function copyPath(text: string, folder: string): CopyPath {
  const clean = posix.resolve(folder, text);
  const prefix = clean === '/' ? '' : clean;
  if (namesContent(text)) return `${prefix}/.`;
  return text.endsWith('/') ? `${prefix}/` : clean;
}

/** True for 'DIR/.': what is in the folder, and not the folder. */
export function namesContent(path: string): boolean {
  return posix.basename(path) === '.';
}

/** True for a path that can only mean a folder. */
export function assertsFolder(path: string): boolean {
  return path.endsWith('/') || namesContent(path);
}

/** The same without the '/' or '/.' at its end. */
export function withoutEnd(path: CopyPath): string {
  return path.replace(/(?<=.)\/\.?$/, '');
}

/** The name that a copy of this has where it is put; '' for the content of a folder. */
export function nameOfCopy(path: CopyPath): string {
  return namesContent(path) ? '' : posix.basename(path);
}

/** Where an entry is to be made. */
export interface EntryPlace {
  folder: string;
  name: string;
}

/** The folder and the name in it that a path means. */
export function splitEntry(path: CopyPath): EntryPlace {
  const clean = withoutEnd(path);
  return {folder: posix.dirname(clean), name: posix.basename(clean)};
}

/** What is at the destination of a copy. */
export interface Destination extends EntryPlace {
  path: CopyPath;
  kind: 'folder' | 'other' | 'missing';
}

/** Where the copy goes: into `folder`, under `name` or, where that is undefined, its own. */
export type CopyTarget =
  | {folder: string; name: string | undefined}
  | {refused: 'cannot copy directory' | 'no such directory'};

/** What Docker makes of a source that is a folder or not, and a destination. */
export function chooseTarget(sourceIsFolder: boolean, destination: Destination): CopyTarget {
  const {path, kind, folder, name} = destination;
  if (kind === 'folder') return {folder: path, name: undefined};
  if (kind === 'other' && sourceIsFolder) return {refused: 'cannot copy directory'};
  if (kind === 'missing' && !sourceIsFolder && assertsFolder(path)) return {refused: 'no such directory'};
  return {folder, name};
}
