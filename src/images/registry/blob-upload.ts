// One blob on its way to a registry: not at all where it is there, from another repository where that can be, else sent; after
// a broken connection, from where the registry has it.
import {isEngineError} from '../../errors.ts';
import {type BlobContent, LostUpload, type RegistryUploads, type Upload} from './registry-uploads.ts';
import {PassingFailure, waitBeforeRetry} from './retry.ts';

export type BlobOutcome = {kind: 'exists'} | {kind: 'mounted'; from: string} | {kind: 'pushed'};

export interface BlobUploadOptions {
  registry: RegistryUploads;
  blob: BlobContent;
  /** Repositories of the same registry that may have it. */
  sources: readonly string[];
  /** Those that may not be read, as other blobs of the push have found: added to, and not asked again. */
  closed: Set<string>;
  signal?: AbortSignal | undefined;
  /** How many bytes the registry was sent. */
  onUploaded?: (bytes: number) => void;
}

/** Each costs a question, and what is known of them may be old. */
const maxSources = 3;
/** A registry that keeps a few bytes of each connection is given up on in the end. */
const maxTries = 200;

/** Throws EngineError 'registry-…', 'digest-mismatch', 'cancelled'. */
export async function uploadBlob(options: BlobUploadOptions): Promise<BlobOutcome> {
  const {registry, blob, sources, closed, signal} = options;
  if (await registry.hasBlob(blob.digest, signal)) return {kind: 'exists'};
  let begun: Upload | undefined;
  for (const from of sources.filter((source) => !closed.has(source)).slice(0, maxSources)) {
    const answer = await tryMount(options, from);
    if (answer === 'mounted') return {kind: 'mounted', from};
    // What could not be mounted is an upload that has begun: the last one is used, and the registry drops the others.
    begun = answer ?? begun;
  }
  await send(options, begun);
  return {kind: 'pushed'};
}

// A repository that may not be read is only a way that is closed.
async function tryMount(
  {registry, blob, closed, signal}: BlobUploadOptions,
  from: string,
): Promise<Upload | 'mounted' | undefined> {
  try {
    return await registry.mount(blob.digest, from, signal);
  } catch (error) {
    if (!isEngineError(error, 'registry-denied', 'registry-unauthorized', 'registry-failed')) throw error;
    closed.add(from);
    return undefined;
  }
}

async function send(options: BlobUploadOptions, begun: Upload | undefined): Promise<void> {
  const {registry, blob, signal} = options;
  const content = {...blob, open: (offset: number) => counted(options, offset)};
  let upload = begun;
  let fruitless = 0;
  for (let tries = 1; ; tries++) {
    const known = upload?.offset ?? 0;
    try {
      upload ??= await registry.begin(signal);
      if (upload.offset < blob.sizeBytes) upload = await registry.sendRest(upload, content, signal);
      await registry.finish(upload, blob.digest, signal);
      return;
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error;
      if (tries >= maxTries) throw error.error;
      await waitBeforeRetry(error, fruitless++, registry.timing, signal);
      // The answer to the last step may be all that was lost.
      if (await registry.hasBlob(blob.digest, signal)) return;
      if (upload) upload = error instanceof LostUpload ? undefined : await registry.resume(upload, signal);
      if (upload && upload.offset > known) fruitless = 0;
    }
  }
}

async function* counted({blob, onUploaded}: BlobUploadOptions, offset: number): AsyncGenerator<Uint8Array> {
  let sent = offset;
  for await (const piece of blob.open(offset)) {
    yield piece;
    sent += piece.length;
    onUploaded?.(sent);
  }
}
