// The engine's files of containers: what `cp` does, between a container that runs or not and the host, or an archive.
import {closeSync, constants, openSync} from 'node:fs';
import {lookUpUser} from '../containers/bundle-writer.ts';
import type {ContainerContext} from '../containers/container-context.ts';
import {routineEvent} from '../containers/container-event.ts';
import {EngineError} from '../errors.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {toByteString, toText} from '../storage/byte-string.ts';
import type {ContainerView} from '../storage/container-view.ts';
import {placeOnHost} from '../storage/copy-lookup.ts';
import {copyPath, nameOfCopy, withoutEnd} from '../storage/copy-path.ts';
import {pathOf} from '../storage/file-tree.ts';
import {archiveMembers, copyMembers, unpackArchive} from '../storage/tree-copy.ts';
import {type TreeTop, treeMembers} from '../storage/tree-members.ts';
import {TreeUnpacker, type UnpackPlace} from '../storage/tree-unpacker.ts';
import {withContainerView} from './container-view.ts';
import {
  checkOutputPath,
  destinationInContainer,
  destinationOnHost,
  placeInContainer,
  sourceInContainer,
  sourceOnHost,
  targetOf,
  unseenMount,
} from './copy-ends.ts';
import {copyFailure} from './copy-failures.ts';
import type {EngineParts} from './parts.ts';

export interface CopyResult {
  /** Of a tar archive of what was copied. */
  bytes: number;
  /** Where it was put, as Docker tells it. */
  target: string;
  /** What was left out, or will not be seen. */
  warnings: string[];
}

export interface CopyFromOptions {
  /** Copy what a link points to in place of the link. */
  followLink?: boolean;
}

export interface CopyToOptions extends CopyFromOptions {
  /** Everything becomes the container user's. Default: owners keep their numbers. */
  containerOwner?: boolean;
}

/**
 * The files of containers: `engine.files`. Paths are Docker's: 'DIR/.' is what is in a folder, a slash at the end of a
 * destination asks for a folder. A container is kept from starting meanwhile. Every method throws
 * EngineError 'container-not-found', 'container-ambiguous', 'container-damaged', 'path-not-found', 'path-read-only',
 * 'invalid-option' where source and destination do not fit, 'disk-full' …; what was copied until then stays.
 */
export class FileEngine {
  readonly #context: ContainerContext;

  constructor({containers}: Pick<EngineParts, 'containers'>) {
    this.#context = containers;
  }

  /** Copies out of a container, to an absolute path of the host. Owners become the caller's. */
  async copyFrom(
    container: string,
    path: string,
    target: string,
    {followLink = false}: CopyFromOptions = {},
  ): Promise<CopyResult> {
    const targetPath = copyPath(target, '/');
    checkOutputPath(targetPath);
    return await this.#withView(container, async (view, record) => {
      using source = sourceInContainer({view, container, path}, followLink);
      const {folder, name} = targetOf(source, destinationOnHost(targetPath));
      this.#tell('archive-path', record);
      const {members, warnings} = membersOf(source, name ?? nameOfCopy(copyPath(path, '/')), true);
      const folderFd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
      try {
        const owner = {uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0};
        using unpacker = new TreeUnpacker(placeOnHost(folderFd, withoutEnd(folder)), {owner});
        return {bytes: await copyMembers(members, unpacker), target: targetPath, warnings};
      } catch (error) {
        throw copyFailure(error, targetPath);
      } finally {
        closeSync(folderFd);
      }
    });
  }

  /** Copies an absolute path of the host into a container. */
  async copyTo(
    source: string,
    container: string,
    path: string,
    {followLink = false, containerOwner = false}: CopyToOptions = {},
  ): Promise<CopyResult> {
    const sourcePath = copyPath(source, '/');
    return await this.#withView(container, async (view, record) => {
      const destination = destinationInContainer({view, container, path});
      using opened = sourceOnHost(sourcePath, followLink);
      const {folder, name} = targetOf(opened, destination);
      const place = placeInContainer({view, container, path: folder});
      const {members, warnings} = membersOf(opened, name ?? nameOfCopy(sourcePath), true);
      this.#tell('extract-to-dir', record);
      const bytes = await this.#unpack(view, record, {place, containerOwner}, (unpacker) =>
        copyMembers(members, unpacker),
      );
      warnings.push(...unseen(record, destination.path));
      return {bytes, target: `${container}:${path}`, warnings};
    });
  }

  /** A tar archive of what is at `path`, piece by piece. */
  async readArchive(
    container: string,
    path: string,
    onPiece: (piece: Buffer) => void | Promise<void>,
    {followLink = false}: CopyFromOptions = {},
  ): Promise<CopyResult> {
    return await this.#withView(container, async (view, record) => {
      using source = sourceInContainer({view, container, path}, followLink);
      // Docker's names: of what a followed link leads to, and './' before the content of a folder.
      const name = source.name ?? (nameOfCopy(copyPath(path, '/')) || '.');
      const {members, warnings} = membersOf(source, name, false);
      this.#tell('archive-path', record);
      return {bytes: await archiveMembers(members, onPiece), target: '-', warnings};
    });
  }

  /** Unpacks a tar archive, plain, gzip or zstd, into a folder. Throws EngineError 'archive-invalid'. */
  async writeArchive(
    archive: AsyncIterable<Uint8Array>,
    container: string,
    path: string,
    {containerOwner = false}: Pick<CopyToOptions, 'containerOwner'> = {},
  ): Promise<CopyResult> {
    return await this.#withView(container, async (view, record) => {
      const destination = destinationInContainer({view, container, path});
      if (destination.kind !== 'folder') {
        throw new EngineError('invalid-option', `destination "${container}:${path}" must be a directory`);
      }
      const place = placeInContainer({view, container, path: destination.path});
      this.#tell('extract-to-dir', record);
      const bytes = await this.#unpack(view, record, {place, containerOwner}, (unpacker) =>
        unpackArchive(archive, unpacker),
      );
      return {bytes, target: `${container}:${path}`, warnings: unseen(record, destination.path)};
    });
  }

  async #unpack(
    view: ContainerView,
    record: ContainerRecord,
    {place, containerOwner}: {place: UnpackPlace; containerOwner: boolean},
    write: (unpacker: TreeUnpacker) => Promise<number>,
  ): Promise<number> {
    const owner = containerOwner ? this.#ownerIn(view, record) : undefined;
    using unpacker = new TreeUnpacker(place, owner && {owner});
    try {
      return await write(unpacker);
    } catch (error) {
      throw copyFailure(error, `${record.name}:${place.shownPath}`);
    }
  }

  // A container that runs as root has its files as they come, as under Docker.
  #ownerIn(view: ContainerView, {options, imageConfig}: ContainerRecord) {
    const user = options.user ?? imageConfig.User ?? '';
    if (user === '') return undefined;
    const {uid, gid} = lookUpUser(this.#context, pathOf(view.tree.rootFd), {user, groupAdd: []});
    return {uid, gid};
  }

  async #withView<T>(
    container: string,
    use: (view: ContainerView, record: ContainerRecord) => Promise<T>,
  ): Promise<T> {
    try {
      return await withContainerView(this.#context, container, use);
    } catch (error) {
      throw copyFailure(error, container);
    }
  }

  #tell(action: 'archive-path' | 'extract-to-dir', record: ContainerRecord): void {
    this.#context.tell(routineEvent(action, record));
  }
}

function membersOf(top: TreeTop, name: string, sparse: boolean) {
  const warnings: string[] = [];
  const onLeftOut = (left: string) => warnings.push(`${toText(left)} is a socket, and was left out`);
  return {members: treeMembers(top, {name: toByteString(name), sparse, onLeftOut}), warnings};
}

function unseen(record: ContainerRecord, path: string): string[] {
  const mount = unseenMount(record, path);
  if (mount === undefined) return [];
  return [`the container does not see it: its own ${mount} is mounted over what was copied to ${path}`];
}
