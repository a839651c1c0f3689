// Where the documents and blobs of an image come from: a registry or an archive.
import type {Digest} from './digest.ts';
import type {RegistryTiming} from './registry/registry-endpoint.ts';

/** What a source says a name or a digest stands for. Not yet checked, but for the digest. */
export interface SourceManifest {
  bytes: Buffer;
  digest: Digest;
  /** Its media type, where the source says one. */
  contentType: string | undefined;
}

export interface SourceBlob {
  /** Where in the blob the body starts: the offset asked for, or 0 from a server that knows no ranges. */
  offset: number;
  body: AsyncIterable<Uint8Array>;
  close(): void;
}

export interface ImageSource {
  /** For messages: '127.0.0.1:5000', 'app.tar'. */
  readonly name: string;
  /** What to try when it gives other content than a digest says. */
  readonly damageHint: string;
  readonly timing: RegistryTiming;
  getManifest(name: string, signal?: AbortSignal): Promise<SourceManifest>;
  /** A small blob, whole; its size is checked and its digest is not. */
  getBlob(digest: Digest, sizeBytes: number, signal?: AbortSignal): Promise<Buffer>;
  openBlob(digest: Digest, offset: number, sizeBytes: number, signal?: AbortSignal): Promise<SourceBlob>;
  /** A file next to the layout that is exactly this blob, verified: the caller moves it. Undefined when there is none. */
  takeFile?(digest: Digest, sizeBytes: number): string | undefined;
}
