// An image store and a layer store in a folder of their own, and pulls into them from registries of this process.
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {ImageStore} from '../../src/images/image-store.ts';
import {parsePlatform} from '../../src/images/platform.ts';
import {type PullResult, pullImage} from '../../src/images/pull.ts';
import type {ProgressListener} from '../../src/images/pull-progress.ts';
import {parseReference} from '../../src/images/reference.ts';
import {type CredentialSource, noCredentials} from '../../src/images/registry/credentials.ts';
import type {RegistryTiming} from '../../src/images/registry/registry-endpoint.ts';
import {LayerStore} from '../../src/storage/layer-store.ts';

export interface TestPullOptions {
  platform?: string;
  credentials?: CredentialSource;
  mirrors?: string[];
  insecureRegistries?: string[];
  timing?: Partial<RegistryTiming>;
  maxConcurrentDownloads?: number;
  onProgress?: ProgressListener;
  signal?: AbortSignal;
}

/** Waits that a test can afford. */
export const quickTiming: Partial<RegistryTiming> = {retryDelayMs: 1, stallTimeoutMs: 300, maxRetries: 3};

export class PullHost implements Disposable {
  readonly root: string;
  readonly store: ImageStore;
  readonly layers: LayerStore;

  constructor(root = mkdtempSync(join(tmpdir(), 'pull-'))) {
    this.root = root;
    this.store = new ImageStore(join(root, 'images'));
    this.layers = new LayerStore(join(root, 'layers'));
  }

  pull(reference: string, options: TestPullOptions = {}): Promise<PullResult> {
    const {platform = 'linux/arm64', timing = quickTiming, ...rest} = options;
    const {credentials = noCredentials, mirrors = [], insecureRegistries = [], ...request} = rest;
    return pullImage({
      reference: parseReference(reference),
      platform: parsePlatform(platform),
      store: this.store,
      layers: this.layers,
      registry: {credentials, mirrors, insecureRegistries, timing},
      maxConcurrentDownloads: 3,
      ...request,
    });
  }

  /** Every file, link and folder below the roots but the fixed frame of an empty store: what pulls left behind. */
  files(): string[] {
    const frame = ['images', 'images/blobs', 'images/blobs/sha256', 'images/partial', 'images/oci-layout'];
    const index = ['images/index.json', 'images/index.copy.json', 'images/index.lock'];
    const fixed = new Set([...frame, ...index, 'layers', 'layers/tmp']);
    return readdirSync(this.root, {recursive: true, encoding: 'utf8'})
      .filter((name) => !fixed.has(name))
      .sort();
  }

  [Symbol.dispose](): void {
    rmSync(this.root, {recursive: true, force: true});
  }
}
