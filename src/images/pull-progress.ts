// What a pull or a push tells about itself while it runs: the lines and bars that `docker pull` and `docker push` show.
import {type Digest, shortId} from './digest.ts';

export type PullProgress = PullStatus | LayerProgress;

/** A line of text, such as '3.20: Pulling from library/alpine'. */
export interface PullStatus {
  kind: 'status';
  text: string;
}

export interface LayerProgress {
  kind: 'layer';
  /** The first 12 hexadecimal digits of the blob's digest, in a push of what is in it. */
  id: string;
  status: LayerStatus;
  /** Bytes of the blob done so far, of `total`. */
  current?: number;
  total?: number;
}

export type LayerStatus =
  | 'Pulling fs layer'
  | 'Waiting'
  | 'Downloading'
  | 'Verifying Checksum'
  | 'Download complete'
  | 'Extracting'
  | 'Loading layer'
  | 'Pull complete'
  | 'Already exists'
  | 'Preparing'
  | 'Pushing'
  | 'Pushed'
  | 'Layer already exists'
  | `Mounted from ${string}`;

export type ProgressListener = (progress: PullProgress) => void;

const minIntervalMs = 100;

/** The progress of one layer. Byte counts are passed on at most ten times a second, a new status at once. */
export class LayerReporter {
  readonly #id: string;
  readonly #total: number;
  readonly #listener: ProgressListener | undefined;
  #lastStatus: LayerStatus | undefined;
  #nextAt = 0;

  constructor(digest: Digest, total: number, listener: ProgressListener | undefined) {
    this.#id = shortId(digest);
    this.#total = total;
    this.#listener = listener;
  }

  report(status: LayerStatus, current?: number): void {
    if (!this.#listener) return;
    const now = performance.now();
    if (status === this.#lastStatus && (current === undefined || now < this.#nextAt)) return;
    this.#lastStatus = status;
    this.#nextAt = now + minIntervalMs;
    const bytes = current === undefined ? {} : {current, total: this.#total};
    this.#listener({kind: 'layer', id: this.#id, status, ...bytes});
  }
}
