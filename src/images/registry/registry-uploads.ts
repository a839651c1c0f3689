// One repository that is pushed to, over the registry API v2: single questions and steps, each tried again where that may
// help. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#push
import {EngineError, isEngineError} from '../../errors.ts';
import {type Digest, isDigest} from '../digest.ts';
import {familiarName, familiarReference, type Reference} from '../reference.ts';
import {HttpClient, type HttpResponse} from './http-client.ts';
import {pushError} from './push-error.ts';
import {digestHeader, failedAnswer, maxErrorBytes} from './registry-answer.ts';
import {passingOrFinal, RegistryConnection, type RegistryRequest} from './registry-connection.ts';
import {defaultTiming, endpointsOf, type RegistryOptions, type RegistryTiming} from './registry-endpoint.ts';
import type {Asked} from './registry-error.ts';
import {PassingFailure, withRetries} from './retry.ts';

/** An upload that the registry has begun. */
export interface Upload {
  location: URL;
  /** Bytes that it has. */
  offset: number;
}

/** A blob to send. */
export interface BlobContent {
  digest: Digest;
  sizeBytes: number;
  /** From an offset to the end. */
  open(offset: number): AsyncIterable<Uint8Array>;
}

/** A failure after which an upload cannot be gone on with, and another one can be begun. */
export class LostUpload extends PassingFailure {}

export class RegistryUploads implements Disposable {
  readonly timing: RegistryTiming;
  readonly #http: HttpClient;
  readonly #connection: RegistryConnection;
  readonly #asked: Asked;
  readonly #repository: string;

  /** A mirror is never pushed to: the registry itself is. */
  constructor(reference: Reference, options: RegistryOptions) {
    this.timing = {...defaultTiming, ...options.timing};
    this.#http = new HttpClient(this.timing);
    const {insecureRegistries, credentials} = options;
    const [endpoint] = endpointsOf(reference.registry, {insecureRegistries, mirrors: []});
    if (!endpoint) throw new Error(`registry ${reference.registry} has no endpoint`);
    this.#repository = reference.repository;
    const connection = new RegistryConnection({
      http: this.#http,
      endpoint,
      repository: reference.repository,
      actions: 'pull,push',
      insecureRegistries,
      credentials,
    });
    this.#connection = connection;
    this.#asked = {
      registry: endpoint.name,
      subject: familiarReference(reference),
      repository: familiarName(reference),
      what: 'upload',
      get hasCredentials() {
        return connection.hasCredentials;
      },
    };
  }

  /** Whether the repository has a blob. Throws EngineError 'registry-…'. */
  async hasBlob(digest: Digest, signal?: AbortSignal): Promise<boolean> {
    return await withRetries(this.timing, signal, async () => {
      const response = await this.#send({method: 'HEAD', target: this.#path(`blobs/${digest}`), signal});
      response.close();
      if (response.status === 200) return true;
      // Whoever has no answer to this may still take the upload, and says more there.
      if (response.status < 500 && response.status !== 429) return false;
      throw failedAnswer(response, this.#asked, undefined, pushError);
    });
  }

  /** Begins an upload. Throws EngineError 'registry-…'. */
  async begin(signal?: AbortSignal): Promise<Upload> {
    return await withRetries(this.timing, signal, async () => this.#begun(await this.#post('', signal)));
  }

  /**
   * Has the blob taken from another repository of the registry: 'mounted'; an upload has begun where that cannot be. Throws
   * EngineError 'registry-…'; 'registry-denied' and 'registry-unauthorized' also when only the other one is closed.
   */
  async mount(digest: Digest, from: string, signal?: AbortSignal): Promise<Upload | 'mounted'> {
    return await withRetries(this.timing, signal, async () => {
      const response = await this.#post(`?${new URLSearchParams({mount: digest, from})}`, signal);
      if (response.status !== 201) return await this.#begun(response);
      response.close();
      return 'mounted';
    });
  }

  /**
   * Sends what the registry does not have yet. One try: throws PassingFailure where the rest may be sent after `resume`,
   * LostUpload, and EngineError 'registry-…'.
   */
  async sendRest(
    {location, offset}: Upload,
    {sizeBytes, open}: BlobContent,
    signal?: AbortSignal,
  ): Promise<Upload> {
    const range = offset > 0 ? {'content-range': `${offset}-${sizeBytes - 1}`} : {};
    const response = await this.#send({
      method: 'PATCH',
      target: location,
      headers: {'content-type': 'application/octet-stream', ...range},
      body: {sizeBytes: sizeBytes - offset, open: () => open(offset)},
      signal,
    });
    if (response.status !== 202) throw await this.#uploadFailure(response);
    response.close();
    return {location: this.#location(response), offset: sizeBytes};
  }

  /** How far an upload came that broke off; undefined when the registry does not know it any more. */
  async resume({location}: Upload, signal?: AbortSignal): Promise<Upload | undefined> {
    return await withRetries(this.timing, signal, async () => {
      const response = await this.#send({method: 'GET', target: location, signal});
      if (response.status >= 500 || response.status === 429) throw await this.#failure(response);
      response.close();
      const offset = offsetOf(response);
      if (response.status !== 204 || offset === undefined) return undefined;
      return {location: response.headers.location ? this.#location(response) : location, offset};
    });
  }

  /** Makes an upload a blob. One try, as `sendRest`. Throws EngineError 'digest-mismatch' too. */
  async finish({location}: Upload, digest: Digest, signal?: AbortSignal): Promise<void> {
    // Beside what the registry put there, byte for byte: it may have signed that.
    const target = new URL(
      `${location.href}${location.search === '' ? '?' : '&'}digest=${encodeURIComponent(digest)}`,
    );
    const response = await this.#send({method: 'PUT', target, body: emptyBody, signal});
    if (response.status !== 201) throw await this.#uploadFailure(response);
    response.close();
  }

  /** Gives a manifest its tag, once everything that it names is there. Throws EngineError 'registry-…'. */
  async putManifest(
    name: string,
    {bytes, mediaType, digest}: {bytes: Uint8Array; mediaType: string; digest: Digest},
    signal?: AbortSignal,
  ): Promise<void> {
    const asked: Asked = {...this.#asked, what: 'manifest', hasCredentials: this.#connection.hasCredentials};
    await withRetries(this.timing, signal, async () => {
      const response = await this.#send({
        method: 'PUT',
        target: this.#path(`manifests/${name}`),
        headers: {'content-type': mediaType},
        body: {sizeBytes: bytes.length, open: () => [bytes]},
        signal,
      });
      if (response.status !== 201 && response.status !== 200) throw await this.#failure(response, asked);
      response.close();
      const stated = digestHeader(response);
      if (stated === undefined || stated === digest || isDigest(name)) return;
      throw new EngineError(
        'digest-mismatch',
        `registry ${asked.registry} stored the manifest of ${asked.subject} as ${stated}, not ${digest}`,
      );
    });
  }

  /** Closes the connections. */
  [Symbol.dispose](): void {
    this.#http.close();
  }

  async #post(query: string, signal?: AbortSignal): Promise<HttpResponse> {
    const target = this.#path(`blobs/uploads/${query}`);
    return await this.#send({method: 'POST', target, body: emptyBody, signal});
  }

  async #begun(response: HttpResponse): Promise<Upload> {
    if (response.status !== 202) throw await this.#failure(response);
    response.close();
    return {location: this.#location(response), offset: 0};
  }

  async #send(request: RegistryRequest): Promise<HttpResponse> {
    try {
      return await this.#connection.request(request);
    } catch (error) {
      throw passingOrFinal(error, this.#asked.registry);
    }
  }

  async #uploadFailure(response: HttpResponse): Promise<Error> {
    const error = await this.#failure(response);
    const isLost = response.status === 404 || response.status === 416;
    return isLost && isEngineError(error) ? new LostUpload(error) : error;
  }

  async #failure(response: HttpResponse, asked: Asked = this.#asked): Promise<Error> {
    try {
      return failedAnswer(response, asked, await response.read(maxErrorBytes), pushError);
    } catch (error) {
      return passingOrFinal(error, asked.registry);
    }
  }

  #location(response: HttpResponse): URL {
    const url = URL.parse(response.headers.location ?? '', response.url);
    if (url && response.headers.location) return url;
    throw new EngineError('registry-failed', `registry ${this.#asked.registry} does not say where to upload`);
  }

  #path(rest: string): string {
    return `${this.#repository}/${rest}`;
  }
}

const emptyBody = {sizeBytes: 0, open: () => []};

// Range: 0-99 is a hundred bytes; 0-0 is none, and by the letter of the specification one.
function offsetOf({headers}: HttpResponse): number | undefined {
  const last = Number(/^(?:bytes=)?0-(\d+)$/.exec(headers.range ?? '')?.[1] ?? Number.NaN);
  return Number.isNaN(last) ? undefined : last === 0 ? 0 : last + 1;
}
