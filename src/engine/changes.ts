// The engine's view of what containers have written: the list of it, an image made of it, and the whole root as an archive.
// All is read from the folders of the layers, never through a mount, so it is the same for a container that runs or not.
import {join} from 'node:path';
import {engineMountPoints} from '../../bundles/container-mounts.ts';
import {routineEvent} from '../containers/container-event.ts';
import {findContainer} from '../containers/container-lookup.ts';
import {containerPaths} from '../containers/container-paths.ts';
import {settleContainer} from '../containers/reconcile.ts';
import {EngineError} from '../errors.ts';
import type {StoredImage} from '../images/stored-image.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {type FileChange, listChanges} from '../storage/changed-files.ts';
import {containerFiles} from '../storage/container-files.ts';
import {mergedMembers} from '../storage/merged-members.ts';
import {writeTar} from '../storage/tar-writer.ts';
import type {WrittenFiles} from '../storage/upper-folder.ts';
import type {CommitOptions} from './commit.ts';
import type {EngineParts} from './parts.ts';

/** Hears of what an archive cannot hold: its path in the container, and why. */
export type LeftOutListener = (path: string, why: string) => void;

export interface ExportOptions {
  onLeftOut?: LeftOutListener;
  signal?: AbortSignal;
}

/**
 * What containers have written: `engine.changes`. Every method takes a container's name, its id or the beginning of its id,
 * and throws EngineError 'container-not-found' or 'container-ambiguous', and 'image-damaged' when a layer is missing.
 */
export class ChangeEngine {
  readonly #parts: EngineParts;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /** What differs from the image, by Docker's rules and in the order of names, a folder before what is in it. */
  async list(container: string): Promise<FileChange[]> {
    const record = await this.#settled(container);
    const changes = listChanges(filesOf(this.#parts, record));
    refuseIfRemoved(this.#parts, record);
    return changes;
  }

  /**
   * All files of the container, without its mounts, as one tar archive in pieces. What it changes meanwhile is in it or not.
   * Throws 'cancelled' besides.
   */
  async *export(container: string, {onLeftOut, signal}: ExportOptions = {}): AsyncGenerator<Buffer> {
    const record = await this.#settled(container);
    const {layers, upper} = filesOf(this.#parts, record);
    for (const piece of writeTar(mergedMembers([...layers, upper], onLeftOut ?? (() => undefined)))) {
      if (signal?.aborted) throw new EngineError('cancelled', `exporting ${record.name} was cancelled`);
      yield piece;
    }
    refuseIfRemoved(this.#parts, record);
    this.#parts.tell(routineEvent('export', record));
  }

  /** An image of what the container has written, on the one that it is made of. See commitContainer. */
  async commit(container: string, options: CommitOptions = {}): Promise<StoredImage> {
    const {commitContainer} = await import('./commit.ts');
    return await commitContainer(this.#parts, await this.#settled(container), options);
  }

  async #settled(text: string): Promise<ContainerRecord> {
    const {containers} = this.#parts;
    const settled = await settleContainer(containers, findContainer(containers.records, text));
    return settled ?? findContainer(containers.records, text);
  }
}

/** For a container whose files were read. Throws EngineError 'container-not-found' when they were not all there any more. */
export function refuseIfRemoved(
  {containers}: Pick<EngineParts, 'containers'>,
  {id, name}: ContainerRecord,
): void {
  const now = containers.records.get(id);
  if (now && now.status !== 'removing') return;
  throw new EngineError('container-not-found', `container ${name} was removed while its files were read`);
}

/** Where what the container has written is, and its image. */
export function filesOf(
  {containers}: Pick<EngineParts, 'containers'>,
  record: ContainerRecord,
): WrittenFiles {
  return containerFiles({
    containerFolder: containerPaths(containers.roots, record.id).folder,
    layersRoot: join(containers.roots.dataRoot, 'layers'),
    chainIds: record.chainIds,
    mountPoints: engineMountPoints,
  });
}
