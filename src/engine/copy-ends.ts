// The two ends of a copy, with Docker's words where they do not fit.
import {existsSync, statSync} from 'node:fs';
import {dirname} from 'node:path';
import {EngineError} from '../errors.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import type {ContainerView} from '../storage/container-view.ts';
import {type CopySource, findDestination, openSource, placeInTree} from '../storage/copy-lookup.ts';
import {chooseTarget, copyPath, type Destination, withoutEnd} from '../storage/copy-path.ts';
import {FileTree, isNotThere, withFd} from '../storage/file-tree.ts';
import type {UnpackPlace} from '../storage/tree-unpacker.ts';
import {missingInContainer, readOnlyRefusal, sourceFailure} from './copy-failures.ts';

/** A container's files, and the container as a person has named it. */
export interface ContainerEnd {
  view: ContainerView;
  container: string;
  path: string;
}

/** Throws EngineError 'path-not-found', 'invalid-option'. */
export function sourceInContainer({view, container, path}: ContainerEnd, followLink: boolean): CopySource {
  if (path === '') throw emptyPath();
  try {
    return openSource(view.tree, copyPath(path, '/'), followLink);
  } catch (error) {
    if (isNotThere(error)) throw missingInContainer(error, path, container);
    throw error;
  }
}

/** Throws EngineError 'path-not-found'. */
export function sourceOnHost(path: string, followLink: boolean): CopySource {
  return withHost((host) => {
    try {
      return openSource(host, path, followLink);
    } catch (error) {
      throw sourceFailure(error, path);
    }
  });
}

/** Throws EngineError 'invalid-option'. */
export function destinationInContainer({view, container, path}: ContainerEnd): Destination {
  if (path === '') throw emptyPath();
  const destination = findDestination(view.tree, copyPath(path, '/'));
  if (!destination.isDevice) return destination;
  throw new EngineError(
    'invalid-option',
    `destination "${container}:${path}" must be a directory or a regular file: got a device`,
  );
}

/** Throws EngineError 'path-not-found', 'path-read-only'. */
export function placeInContainer({view, container, path}: ContainerEnd): UnpackPlace {
  let fd: number;
  try {
    fd = view.tree.open(path, {folder: true});
  } catch (error) {
    if (isNotThere(error)) throw missingInContainer(error, path, container);
    throw error;
  }
  withFd(fd, () => {
    const part = view.readOnlyPart(fd);
    if (part !== undefined) throw readOnlyRefusal(part);
  });
  return placeInTree(view.tree, withoutEnd(path));
}

export function destinationOnHost(path: string): Destination {
  return withHost((host) => findDestination(host, path));
}

/** Throws EngineError 'invalid-option' for a path of the host that nothing can be copied to. */
export function checkOutputPath(path: string): void {
  const plain = withoutEnd(path);
  const folder = dirname(plain);
  if (!existsSync(folder)) {
    throw new EngineError('invalid-option', `invalid output path: directory "${folder}" does not exist`);
  }
  const there = statSync(plain, {throwIfNoEntry: false});
  if (!there?.isCharacterDevice() && !there?.isBlockDevice()) return;
  throw new EngineError(
    'invalid-option',
    `invalid output path: "${path}" must be a directory or a regular file: got a device`,
  );
}

/** Throws EngineError 'invalid-option' where the two do not fit. */
export function targetOf(
  source: CopySource,
  destination: Destination,
): {folder: string; name: string | undefined} {
  const target = chooseTarget(source.isFolder, destination);
  if (!('refused' in target)) return target;
  const hint =
    target.refused === 'no such directory'
      ? `make the folder first, or leave out the slash at the end of ${destination.path}`
      : `${destination.path} is a file, and the source a folder`;
  throw new EngineError('invalid-option', target.refused, {hint});
}

/** The mount of a running container that keeps it from seeing what is copied to `path`, if there is one. As under Docker. */
export function unseenMount({status, options}: ContainerRecord, path: string): string | undefined {
  if (status !== 'running') return undefined;
  const temporary = options.mounts.flatMap((mount) => (mount.type === 'tmpfs' ? [mount.target] : []));
  const plain = withoutEnd(path);
  return ['/proc', '/sys', '/dev', ...temporary].find((mount) => `${plain}/`.startsWith(`${mount}/`));
}

function withHost<T>(use: (host: FileTree) => T): T {
  const host = FileTree.ofHost();
  return withFd(host.rootFd, () => use(host));
}

function emptyPath(): EngineError {
  return new EngineError('invalid-option', 'bad parameter: path cannot be empty');
}
