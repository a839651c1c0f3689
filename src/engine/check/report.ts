// What a check of the store tells: plain values, which are also its JSON.

/** One object that is not what it should be. */
export interface StoreFinding {
  kind: 'database' | 'index' | 'blob' | 'layer' | 'container';
  /** Digest, chainID, container ID or path. */
  object: string;
  /** What is wrong: the first twenty things. */
  problems: string[];
  /** How many there are. */
  problemCount: number;
  /** `damaged`: nothing was tried, because no repair was asked for. `lost`: it cannot be mended now; `outcome` says why. */
  state: 'damaged' | 'mended' | 'lost';
  /** What was done about it, or why nothing could be. */
  outcome?: string;
  /** Names of the images that it belongs to. */
  images: string[];
  /** Names of the containers that it belongs to. */
  containers: string[];
}

export interface StoreReport {
  /** True when nothing is damaged any more. */
  whole: boolean;
  deep: boolean;
  repair: boolean;
  checked: {
    images: number;
    containers: number;
    blobs: number;
    layers: number;
    entries: number;
    bytes: number;
  };
  /** chainIDs of layers that an earlier version made without a manifest: nothing proves them but their blob. */
  unproven: string[];
  findings: StoreFinding[];
}

/** `done` and `total` in bytes where content is read, else in entries and blobs. */
export interface CheckProgress {
  task: 'checking' | 'mending';
  object: string;
  done?: number;
  total?: number;
}

export interface CheckOptions {
  /** Read all content: every file of every layer, every blob. Default: what a look at names, sizes, owners and times shows. */
  deep?: boolean;
  /** Mend what can be mended. */
  repair?: boolean;
  onProgress?: (progress: CheckProgress) => void;
  signal?: AbortSignal;
}
