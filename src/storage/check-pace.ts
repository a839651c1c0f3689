// What a long check does between two steps: it counts, lets others have a turn, and ends when it is told to.
import {setImmediate as nextTurn} from 'node:timers/promises';
import {EngineError} from '../errors.ts';

export interface PaceOptions {
  /** Hears of bytes and entries that were looked at, as they come. */
  onChecked?: (done: {entries: number; bytes: number}) => void;
  signal?: AbortSignal;
}

const turnMs = 50;

export class CheckPace {
  readonly #options: PaceOptions;
  #turnAt = performance.now() + turnMs;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** Waits only when it is somebody else's turn. Throws EngineError 'cancelled'. */
  step(done: {entries: number; bytes: number}): Promise<void> | undefined {
    this.#options.onChecked?.(done);
    if (this.#options.signal?.aborted) throw new EngineError('cancelled', 'the check was cancelled');
    return performance.now() < this.#turnAt ? undefined : this.#pause();
  }

  async #pause(): Promise<void> {
    await nextTurn();
    this.#turnAt = performance.now() + turnMs;
  }
}
