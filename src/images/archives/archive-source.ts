// The images of an archive as a source of documents and blobs, as a registry is one. Digests are checked where they are used.
import {existsSync} from 'node:fs';
import {EngineError} from '../../errors.ts';
import {algorithmOf, type Digest, digestOf, parseDigest} from '../digest.ts';
import type {ImageSource, SourceBlob, SourceManifest} from '../image-source.ts';
import {maxManifestBytes} from '../manifest.ts';
import {defaultTiming} from '../registry/registry-endpoint.ts';
import {type ArchiveMembers, invalidArchive, readMember} from './archive-members.ts';
import type {ArchiveContent} from './archived-image.ts';

export class ArchiveSource implements ImageSource {
  readonly name: string;
  readonly damageHint = 'the archive is damaged: make it again where the image is';
  readonly timing = {...defaultTiming, maxRetries: 0};
  readonly #members: ArchiveMembers;
  readonly #content: ArchiveContent;

  constructor(members: ArchiveMembers, content: ArchiveContent) {
    this.name = members.name;
    this.#members = members;
    this.#content = content;
  }

  /** `name`: the digest. Throws EngineError 'archive-invalid', 'digest-mismatch'. */
  async getManifest(name: string): Promise<SourceManifest> {
    const digest = parseDigest(name);
    const bytes = await this.#document(digest, maxManifestBytes);
    const actual = digestOf(bytes, algorithmOf(digest));
    if (actual === digest) return {bytes, digest, contentType: undefined};
    throw new EngineError('digest-mismatch', `manifest ${digest} in ${this.name} has the digest ${actual}`, {
      hint: this.damageHint,
    });
  }

  async getBlob(digest: Digest, sizeBytes: number): Promise<Buffer> {
    const bytes = await this.#document(digest, sizeBytes);
    if (bytes.length !== sizeBytes) throw this.#sizeMismatch(digest, bytes.length, sizeBytes);
    return bytes;
  }

  async openBlob(digest: Digest, offset: number, sizeBytes: number): Promise<SourceBlob> {
    const body = this.#members.open(this.#layer(digest, sizeBytes), offset);
    return {offset, body, close: () => undefined};
  }

  takeFile(digest: Digest, sizeBytes: number): string | undefined {
    const member = this.#layer(digest, sizeBytes);
    const file = this.#members.fileOf?.(member);
    if (!file || !existsSync(file.path)) return undefined;
    if (file.digest === digest) return file.path;
    if (algorithmOf(digest) !== 'sha256') return undefined;
    throw new EngineError('digest-mismatch', `blob ${digest} is in ${this.name} as ${file.digest}`, {
      hint: this.damageHint,
    });
  }

  async #document(digest: Digest, maxBytes: number): Promise<Buffer> {
    const made = this.#content.documents.get(digest);
    return made ?? (await readMember(this.#members, this.#content.memberOf(digest), maxBytes));
  }

  #layer(digest: Digest, sizeBytes: number): string {
    const member = this.#content.memberOf(digest);
    const size = this.#members.sizeOf(member);
    if (size === undefined) throw invalidArchive(this.name, `it has no blob ${digest}`);
    if (size !== sizeBytes) throw this.#sizeMismatch(digest, size, sizeBytes);
    return member;
  }

  #sizeMismatch(digest: Digest, actualBytes: number, sizeBytes: number): EngineError {
    return new EngineError(
      'size-mismatch',
      `blob ${digest} has ${actualBytes} bytes in ${this.name}, but its manifest says ${sizeBytes}`,
      {hint: this.damageHint},
    );
  }
}
