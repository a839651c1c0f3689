// The engine's files of containers: what `cp` does, between a container that runs or not and the host, or an archive.
import {closeSync, constants, existsSync, openSync, statSync} from 'node:fs';
import {dirname} from 'node:path';
import {lookUpUser} from './containers/bundle-writer.ts';
import type {ContainerContext} from './containers/container-context.ts';
import {routineEvent} from './containers/container-event.ts';
import {withContainerLock} from './containers/container-lock.ts';
import {findContainer} from './containers/container-lookup.ts';
import {containerPaths} from './containers/container-paths.ts';
import {settleContainer} from './containers/reconcile.ts';
import {visibleMounts} from './containers/visible-mounts.ts';
import {copyFailure, missingInContainer, readOnlyRefusal, sourceFailure} from './engine-copy-failures.ts';
import type {EngineParts} from './engine-parts.ts';
import {EngineError} from './errors.ts';
import type {ContainerRecord} from './state/container-record.ts';
import {toByteString} from './storage/byte-string.ts';
import {ContainerView} from './storage/container-view.ts';
import {
  type CopySource,
  findDestination,
  openSource,
  placeInTree,
  placeOnHost,
} from './storage/copy-lookup.ts';
import {chooseTarget, copyPath, type Destination, nameOfCopy, withoutEnd} from './storage/copy-path.ts';
import {FileTree, isNotThere, pathOf, withFd} from './storage/file-tree.ts';
import {archiveMembers, copyMembers, unpackArchive} from './storage/tree-copy.ts';
import {treeMembers} from './storage/tree-members.ts';
import {TreeUnpacker, type UnpackPlace} from './storage/tree-unpacker.ts';

export interface CopyResult {
  /** Of a tar archive of what was copied. */
  bytes: number;
  /** Where it was put, as Docker tells it. */
  target: string;
  /** Sockets, which no archive can hold. */
  leftOut: string[];
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
 * destination asks for a folder. A container that does not run is kept from starting meanwhile. Every method throws
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
    const destinationPath = copyPath(target, '/');
    checkOutputPath(destinationPath);
    return await this.#withView(container, async (view, record) => {
      using source = openInContainer(view, path, {followLink, container});
      const destination = withHost((host) => findDestination(host, destinationPath));
      const {folder, name} = targetOf(source, destination);
      const leftOut: string[] = [];
      this.#tell('archive-path', record);
      const folderFd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
      try {
        const members = treeMembers(source, {
          name: toByteString(name ?? nameOfCopy(copyPath(path, '/'))),
          sparse: true,
          onLeftOut: (left) => leftOut.push(left),
        });
        const owner = {uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0};
        using unpacker = new TreeUnpacker(placeOnHost(folderFd, withoutEnd(folder)), {owner});
        return {bytes: await copyMembers(members, unpacker), target: destinationPath, leftOut};
      } catch (error) {
        throw copyFailure(error, destinationPath);
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
      const destination = destinationIn(view, path, container);
      using opened = withHost((host) => {
        try {
          return openSource(host, sourcePath, followLink);
        } catch (error) {
          throw sourceFailure(error, sourcePath);
        }
      });
      const {folder, name} = targetOf(opened, destination);
      const leftOut: string[] = [];
      const members = treeMembers(opened, {
        name: toByteString(name ?? nameOfCopy(sourcePath)),
        sparse: true,
        onLeftOut: (left) => leftOut.push(left),
      });
      const place = this.#placeIn(view, folder, container);
      this.#tell('extract-to-dir', record);
      const bytes = await this.#unpack(view, record, {place, containerOwner}, (unpacker) =>
        copyMembers(members, unpacker),
      );
      return {bytes, target: `${container}:${path}`, leftOut};
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
      using source = openInContainer(view, path, {followLink, container});
      const leftOut: string[] = [];
      const members = treeMembers(source, {
        // Docker's names: of what a followed link leads to, and './' before the content of a folder.
        name: toByteString(source.name ?? (nameOfCopy(copyPath(path, '/')) || '.')),
        onLeftOut: (left) => leftOut.push(left),
      });
      this.#tell('archive-path', record);
      return {bytes: await archiveMembers(members, onPiece), target: '-', leftOut};
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
      const destination = destinationIn(view, path, container);
      if (destination.kind !== 'folder') {
        throw new EngineError('invalid-option', `destination "${container}:${path}" must be a directory`);
      }
      const place = this.#placeIn(view, destination.path, container);
      this.#tell('extract-to-dir', record);
      const bytes = await this.#unpack(view, record, {place, containerOwner}, (unpacker) =>
        unpackArchive(archive, unpacker),
      );
      return {bytes, target: `${container}:${path}`, leftOut: []};
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

  #placeIn(view: ContainerView, folder: string, container: string): UnpackPlace {
    let fd: number;
    try {
      fd = view.tree.open(folder, {folder: true});
    } catch (error) {
      if (isNotThere(error)) throw missingInContainer(error, folder, container);
      throw error;
    }
    withFd(fd, () => {
      const part = view.readOnlyPart(fd);
      if (part !== undefined) throw readOnlyRefusal(part);
    });
    return placeInTree(view.tree, withoutEnd(folder));
  }

  // What runs may end meanwhile: its files stay in view. What does not run must not start: two mounts would share one upper folder.
  async #withView<T>(
    container: string,
    use: (view: ContainerView, record: ContainerRecord) => Promise<T>,
  ): Promise<T> {
    const context = this.#context;
    const found = findContainer(context.records, container);
    const {id} = (await settleContainer(context, found)) ?? findContainer(context.records, container);
    const held = await withContainerLock(context.roots, id, async () => {
      const record = context.records.get(id) ?? findContainer(context.records, id);
      const {folder} = containerPaths(context.roots, id);
      const view = ContainerView.open({
        mountRootfs: () => context.rootfs.mount(folder, record.chainIds),
        mounts: await visibleMounts(context, record),
        readOnly: record.options.readOnlyRootfs,
      });
      if (record.status === 'running') return {view, record};
      using _view = view;
      return {done: await use(view, record)};
    });
    if ('done' in held) return held.done;
    using view = held.view;
    return await use(view, held.record);
  }

  #tell(action: 'archive-path' | 'extract-to-dir', record: ContainerRecord): void {
    this.#context.tell(routineEvent(action, record));
  }
}

function withHost<T>(use: (host: FileTree) => T): T {
  const host = FileTree.ofHost();
  return withFd(host.rootFd, () => use(host));
}

function openInContainer(
  view: ContainerView,
  path: string,
  {followLink, container}: {followLink: boolean; container: string},
): CopySource {
  if (path === '') throw emptyPath();
  try {
    return openSource(view.tree, copyPath(path, '/'), followLink);
  } catch (error) {
    if (isNotThere(error)) throw missingInContainer(error, path, container);
    throw error;
  }
}

function destinationIn(view: ContainerView, path: string, container: string): Destination {
  if (path === '') throw emptyPath();
  const destination = findDestination(view.tree, copyPath(path, '/'));
  if (!destination.isDevice) return destination;
  throw new EngineError(
    'invalid-option',
    `destination "${container}:${path}" must be a directory or a regular file: got a device`,
  );
}

function checkOutputPath(path: string): void {
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

function emptyPath(): EngineError {
  return new EngineError('invalid-option', 'bad parameter: path cannot be empty');
}

function targetOf(source: CopySource, destination: Destination): {folder: string; name: string | undefined} {
  const target = chooseTarget(source.isFolder, destination);
  if ('refused' in target) {
    const hint =
      target.refused === 'no such directory'
        ? `make the folder first, or leave out the slash at the end of ${destination.path}`
        : `${destination.path} is a file, and the source a folder`;
    throw new EngineError('invalid-option', target.refused, {hint});
  }
  return target;
}
