// One repository at one endpoint, over the registry API v2: manifests and blobs. Retries what passes, and words every
// failure. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
import {EngineError} from '../../errors.ts';
import {algorithmOf, type Digest, digestOf, isDigest} from '../digest.ts';
import type {SourceBlob, SourceManifest} from '../image-source.ts';
import {acceptedManifestTypes, maxManifestBytes} from '../manifest.ts';
import type {CredentialSource} from './credentials.ts';
import type {HttpClient, HttpResponse} from './http-client.ts';
import {checkRange, digestHeader, failedAnswer, maxErrorBytes, sizeMismatch} from './registry-answer.ts';
import {passingOrFinal, RegistryConnection} from './registry-connection.ts';
import type {RegistryEndpoint, RegistryTiming} from './registry-endpoint.ts';
import {type Asked, isWebPage, webPageError} from './registry-error.ts';
import {maxPageBytes, readPages} from './registry-pages.ts';
import {withRetries} from './retry.ts';

export interface RegistryClientOptions {
  http: HttpClient;
  endpoint: RegistryEndpoint;
  repository: string;
  /** Familiar name of the repository and familiar reference of the image, for messages. */
  familiarName: string;
  subject: string;
  insecureRegistries: readonly string[];
  credentials: CredentialSource;
  timing: RegistryTiming;
}

type OpenedBlob = SourceBlob & Pick<HttpResponse, 'read'>;

export class RegistryClient {
  readonly #options: RegistryClientOptions;
  readonly #connection: RegistryConnection;

  constructor(options: RegistryClientOptions) {
    this.#options = options;
    this.#connection = new RegistryConnection(options);
  }

  /** The digest behind a tag without fetching the manifest; undefined when the registry does not say. */
  async headManifest(name: string, signal?: AbortSignal): Promise<Digest | undefined> {
    return withRetries(this.#options.timing, signal, async () => {
      const response = await this.#connection.request({
        method: 'HEAD',
        target: this.#path('manifests', name),
        headers: {accept: acceptedManifestTypes},
        signal,
      });
      response.close();
      return response.status === 200 ? digestHeader(response) : undefined;
    });
  }

  /**
   * A manifest or index by tag or digest, verified against the digest asked for and the one the registry states.
   * Throws EngineError 'manifest-not-found', 'digest-mismatch', 'manifest-invalid', 'registry-…'.
   */
  async getManifest(name: string, signal?: AbortSignal): Promise<SourceManifest> {
    const asked = this.#asked('manifest');
    const {bytes, response} = await withRetries(this.#options.timing, signal, async () => {
      const head = await this.#connection.request({
        method: 'GET',
        target: this.#path('manifests', name),
        headers: {accept: acceptedManifestTypes},
        signal,
      });
      const body = await this.#readBody(head, maxManifestBytes);
      if (head.status !== 200) throw failedAnswer(head, asked, body);
      return {bytes: body, response: head};
    });
    if (bytes === undefined) {
      throw new EngineError(
        'manifest-invalid',
        `the manifest of ${asked.subject} is larger than ${maxManifestBytes} bytes`,
      );
    }
    const contentType = response.headers['content-type'];
    if (isWebPage({contentType, body: bytes.subarray(0, 200).toString('latin1')})) throw webPageError(asked);
    const stated = isDigest(name) ? name : digestHeader(response);
    const digest = digestOf(bytes, stated && algorithmOf(stated));
    if (stated !== undefined && stated !== digest) {
      throw new EngineError(
        'digest-mismatch',
        `the manifest of ${asked.subject} has the digest ${digest}, not ${stated}`,
        {
          hint: 'it was damaged on the way or in the registry: pull again',
        },
      );
    }
    return {bytes, digest, contentType};
  }

  /** Every tag of the repository, in the registry's order. Throws EngineError 'manifest-not-found', 'registry-…'. */
  async listTags(signal?: AbortSignal): Promise<string[]> {
    const asked = this.#asked('tags');
    const path = `${this.#options.repository}/tags/list`;
    const tags: string[] = [];
    const ask = (target: string) =>
      withRetries(this.#options.timing, signal, async () => {
        const response = await this.#connection.request({method: 'GET', target, signal});
        const isPage = response.status === 200;
        const bytes = await this.#readBody(response, isPage ? maxPageBytes : maxErrorBytes);
        if (isPage) return {response, bytes};
        throw failedAnswer(response, asked, bytes);
      });
    for await (const page of readPages({path, field: 'tags', name: `the tags of ${asked.repository}`}, ask)) {
      tags.push(...page);
    }
    return tags;
  }

  /** A small blob, whole: exactly `sizeBytes`. Its digest is the caller's to check. Throws EngineError. */
  async getBlob(digest: Digest, sizeBytes: number, signal?: AbortSignal): Promise<Buffer> {
    return withRetries(this.#options.timing, signal, async () => {
      const answer = await this.#openBlob(digest, 0, sizeBytes, signal);
      const bytes = await this.#readBody(answer, sizeBytes);
      if (bytes?.length === sizeBytes) return bytes;
      throw sizeMismatch(digest, sizeBytes, bytes ? `${bytes.length}` : 'more', this.#asked('blob'));
    });
  }

  /** Opens a blob at an offset. Throws EngineError. */
  async openBlob(
    digest: Digest,
    offset: number,
    sizeBytes: number,
    signal?: AbortSignal,
  ): Promise<SourceBlob> {
    return withRetries(this.#options.timing, signal, () => this.#openBlob(digest, offset, sizeBytes, signal));
  }

  async #openBlob(
    digest: Digest,
    offset: number,
    sizeBytes: number,
    signal?: AbortSignal,
  ): Promise<OpenedBlob> {
    const asked = this.#asked('blob');
    const headers: Record<string, string> = offset > 0 ? {range: `bytes=${offset}-`} : {};
    const target = this.#path('blobs', digest);
    const response = await this.#connection.request({method: 'GET', target, headers, signal});
    const {status, body, read, close} = response;
    if (status === 206) {
      checkRange(response, offset, sizeBytes, asked);
      return {offset, body, read, close};
    }
    if (status === 200) {
      const length = Number(response.headers['content-length'] ?? sizeBytes);
      if (length === sizeBytes) return {offset: 0, body, read, close};
      close();
      throw sizeMismatch(digest, sizeBytes, `${length}`, asked);
    }
    if (status === 416) {
      close();
      throw sizeMismatch(digest, sizeBytes, `no more than ${offset}`, asked);
    }
    throw failedAnswer(response, asked, await this.#readBody(response, maxErrorBytes));
  }

  async #readBody(response: Pick<HttpResponse, 'read'>, maxBytes: number): Promise<Buffer | undefined> {
    try {
      return await response.read(maxBytes);
    } catch (error) {
      throw passingOrFinal(error, this.#options.endpoint.name);
    }
  }

  #path(kind: 'manifests' | 'blobs', name: string): string {
    return `${this.#options.repository}/${kind}/${name}`;
  }

  #asked(what: Asked['what']): Asked {
    const {endpoint, subject, familiarName: repository} = this.#options;
    const connection = this.#connection;
    return {
      registry: endpoint.name,
      subject,
      repository,
      what,
      get hasCredentials() {
        return connection.hasCredentials;
      },
    };
  }
}
