// Waiting for changes in a folder, by inotify; where the system has no watch left to give, by looking now and then.
import {type FSWatcher, watch} from 'node:fs';
import {basename} from 'node:path';
import {errnoOf} from '../errors.ts';

/** How long a change may go unnoticed where there is no watch. */
const pauseMs = 500;

/** Make it before what is read is read: then no change is missed. A folder that is removed and made anew is watched on. */
export class FolderWatch implements Disposable {
  readonly #folder: string;
  #watcher: FSWatcher | undefined;
  #changed = false;
  #wake: (() => void) | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.#watcher = this.#tryWatch();
  }

  /** Returns at the next change since the last call, or after a wake. */
  async next(): Promise<void> {
    if (!this.#changed) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (!this.#watcher) timer = setTimeout(resolve, pauseMs);
      });
      clearTimeout(timer);
    }
    this.#changed = false;
    this.#wake = undefined;
    // Before the caller reads.
    this.#watcher ??= this.#tryWatch();
  }

  wake(): void {
    this.#changed = true;
    this.#wake?.();
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
  }

  // ENOSPC and EMFILE: all of the machine's, or of this user's, watches are in use. ENOENT: somebody has removed the folder.
  #tryWatch(): FSWatcher | undefined {
    try {
      const watcher = watch(this.#folder, (kind, name) => {
        // The folder's own name: it was removed or moved, or something in it is called the same.
        if (kind === 'rename' && name === basename(this.#folder)) this.#leave(watcher);
        this.wake();
      });
      return watcher.on('error', () => {
        this.#leave(watcher);
        this.wake();
      });
    } catch (error) {
      if (['ENOSPC', 'EMFILE', 'ENOENT'].includes(errnoOf(error) ?? '')) return undefined;
      throw error;
    }
  }

  #leave(watcher: FSWatcher): void {
    watcher.close();
    if (this.#watcher === watcher) this.#watcher = undefined;
  }
}
