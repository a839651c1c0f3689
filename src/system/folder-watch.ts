// Waiting for changes in a folder, by inotify; where the system has no watch left to give, by looking now and then.
import {type FSWatcher, watch} from 'node:fs';

/** How long a change may go unnoticed where there is no watch. */
const pauseMs = 500;

/** Make it before what is read is read: then no change is missed. */
export class FolderWatch implements Disposable {
  readonly #watcher: FSWatcher | undefined;
  #changed = false;
  #wake: (() => void) | undefined;

  constructor(folder: string) {
    this.#watcher = tryWatch(folder, () => this.wake());
  }

  /** Returns at the next change since the last call, or after a wake. */
  async next(): Promise<void> {
    if (!this.#changed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (this.#watcher) return;
        setTimeout(resolve, pauseMs);
      });
    }
    this.#changed = false;
    this.#wake = undefined;
  }

  wake(): void {
    this.#changed = true;
    this.#wake?.();
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
  }
}

// ENOSPC and EMFILE: all of the machine's, or of this user's, watches are in use.
function tryWatch(folder: string, onChange: () => void): FSWatcher | undefined {
  try {
    return watch(folder, onChange).on('error', onChange);
  } catch {
    return undefined;
  }
}
