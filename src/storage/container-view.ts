// The files of a container as `cp` shows them, running or not: its root filesystem with its volumes and bind mounts in
// place, mounted where nobody else sees them and gone with whoever looks. Nothing in it leads out: docs/decisions/0200.
import {accessSync, closeSync, constants, fstatSync, mkdirSync, openSync, readFileSync} from 'node:fs';
import {posix} from 'node:path';
import {EngineError, errnoOf} from '../errors.ts';
import {MS, mount, O} from '../system/libc.ts';
import {buildPrivateMounts} from '../system/mount-namespace.ts';
import {entryOf, FileTree, pathOf, withFd} from './file-tree.ts';
import {openInRoot} from './in-root.ts';

export interface ViewMount {
  /** On the host: a folder of a volume, or what a person has named. */
  source: string;
  /** A part of that folder, which whoever writes to it may turn into a link at any moment. */
  subpath?: string;
  /** Where in the container. */
  target: string;
  readOnly: boolean;
  /** True without what is mounted below the source. */
  flat: boolean;
  isFile: boolean;
}

export interface ViewRequest {
  /** Mounts the root filesystem if it is not mounted, and returns its path. */
  mountRootfs: () => string;
  mounts: readonly ViewMount[];
  readOnly: boolean;
}

export class ContainerView implements Disposable {
  readonly tree: FileTree;
  readonly #mounts: Disposable;

  private constructor(tree: FileTree, mounts: Disposable) {
    this.tree = tree;
    this.#mounts = mounts;
  }

  /**
   * Mount points that are missing are made, as a start would. A container that runs may go on and end meanwhile;
   * nobody may start it then. Throws EngineError as mounting a root filesystem, 'container-damaged', and LibcError.
   */
  static open({mountRootfs, mounts, readOnly}: ViewRequest): ContainerView {
    const built = buildPrivateMounts(() => {
      const rootfs = mountRootfs();
      const tree = FileTree.below(openSync(rootfs, O.path | constants.O_DIRECTORY));
      try {
        for (const one of mounts.toSorted(byDepth)) bind(tree, one);
        if (readOnly) mount('none', rootfs, '', MS.bind | MS.remount | MS.rdonly);
        return tree;
      } catch (error) {
        closeSync(tree.rootFd);
        throw error;
      }
    });
    return new ContainerView(built.value, built);
  }

  /** What keeps a folder from being written to, if anything: the folder's mount is read-only. */
  readOnlyPart(folderFd: number): 'rootfs' | 'volume' | undefined {
    // The kernel says so of a mount before it looks at permissions, which root passes.
    if (!isReadOnly(folderFd)) return undefined;
    return mountOf(folderFd) === mountOf(this.tree.rootFd) ? 'rootfs' : 'volume';
  }

  [Symbol.dispose](): void {
    closeSync(this.tree.rootFd);
    this.#mounts[Symbol.dispose]();
  }
}

function byDepth(a: ViewMount, b: ViewMount): number {
  return a.target.split('/').length - b.target.split('/').length;
}

// By descriptors alone: a link that the container puts at the mount point, or in the volume, leads nowhere.
function bind(tree: FileTree, one: ViewMount): void {
  const {source, subpath, target, flat} = one;
  const sourceFd = subpath === undefined ? openSync(source, O.path) : openInRoot(source, `/${subpath}`);
  withFd(sourceFd, () => {
    const flags = MS.bind | (flat ? 0n : MS.rec);
    withFd(openTarget(tree, one), (fd) => mount(pathOf(sourceFd), pathOf(fd), '', flags));
    if (!one.readOnly) return;
    withFd(tree.open(target), (fd) => {
      if (!isSameFile(fd, sourceFd)) {
        throw new EngineError('container-damaged', `what is at ${target} changes too quickly to be mounted`, {
          hint: "'crundle pause' stops a container's processes where they are",
        });
      }
      mount('none', pathOf(fd), '', MS.bind | MS.remount | MS.rdonly);
    });
  });
}

function openTarget(tree: FileTree, {target, isFile}: Pick<ViewMount, 'target' | 'isFile'>): number {
  try {
    return tree.open(target);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  const {dir, base} = posix.parse(target);
  withFd(openTarget(tree, {target: dir, isFile: false}), (fd) => {
    if (isFile) closeSync(openSync(entryOf(fd, base), 'wx', 0o644));
    else mkdirSync(entryOf(fd, base), 0o755);
  });
  return tree.open(target);
}

function isSameFile(one: number, other: number): boolean {
  const [a, b] = [fstatSync(one, {bigint: true}), fstatSync(other, {bigint: true})];
  return a.dev === b.dev && a.ino === b.ino;
}

function isReadOnly(fd: number): boolean {
  try {
    accessSync(pathOf(fd), constants.W_OK);
    return false;
  } catch (error) {
    if (errnoOf(error) === 'EROFS') return true;
    throw error;
  }
}

function mountOf(fd: number): string | undefined {
  return /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
}
