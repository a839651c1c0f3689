// A repository wherever it can be had: the mirrors first, then the registry itself. What one lacks the next may have.
import {EngineError, isEngineError} from '../../errors.ts';
import type {Digest} from '../digest.ts';
import type {ImageSource, SourceBlob, SourceManifest} from '../image-source.ts';
import {familiarName, familiarReference, type Reference} from '../reference.ts';
import {HttpClient} from './http-client.ts';
import {RegistryClient} from './registry-client.ts';
import {defaultTiming, endpointsOf, type RegistryOptions, type RegistryTiming} from './registry-endpoint.ts';

export class Registry implements ImageSource, Disposable {
  readonly name: string;
  readonly damageHint = 'it was damaged on the way or in the registry: pull again';
  readonly timing: RegistryTiming;
  readonly #http: HttpClient;
  readonly #clients: RegistryClient[];
  // The one that had the manifest is asked first for everything else.
  #preferred = 0;

  constructor(reference: Reference, options: RegistryOptions) {
    this.name = reference.registry;
    this.timing = {...defaultTiming, ...options.timing};
    this.#http = new HttpClient(this.timing);
    this.#clients = endpointsOf(reference.registry, options).map(
      (endpoint) =>
        new RegistryClient({
          http: this.#http,
          endpoint,
          repository: reference.repository,
          familiarName: familiarName(reference),
          subject: familiarReference(reference),
          insecureRegistries: options.insecureRegistries,
          credentials: options.credentials,
          timing: this.timing,
        }),
    );
  }

  headManifest(name: string, signal?: AbortSignal): Promise<Digest | undefined> {
    return this.#ask((client) => client.headManifest(name, signal));
  }

  getManifest(name: string, signal?: AbortSignal): Promise<SourceManifest> {
    return this.#ask((client) => client.getManifest(name, signal));
  }

  listTags(signal?: AbortSignal): Promise<string[]> {
    return this.#ask((client) => client.listTags(signal));
  }

  openBlob(digest: Digest, offset: number, sizeBytes: number, signal?: AbortSignal): Promise<SourceBlob> {
    return this.#ask((client) => client.openBlob(digest, offset, sizeBytes, signal));
  }

  /** A small blob, whole; its size is checked and its digest is not. */
  getBlob(digest: Digest, sizeBytes: number, signal?: AbortSignal): Promise<Buffer> {
    return this.#ask((client) => client.getBlob(digest, sizeBytes, signal));
  }

  /** Closes the connections. */
  [Symbol.dispose](): void {
    this.#http.close();
  }

  // Throws the error of the last one: the registry itself.
  async #ask<Result>(question: (client: RegistryClient) => Promise<Result>): Promise<Result> {
    let failure: unknown = new EngineError('registry-failed', 'there is no registry to ask');
    for (let index = this.#preferred; index < this.#clients.length; index++) {
      const client = this.#clients[index];
      if (!client) break;
      try {
        const result = await question(client);
        this.#preferred = index;
        return result;
      } catch (error) {
        if (!isEngineError(error) || error.code === 'cancelled') throw error;
        failure = error;
      }
    }
    throw failure;
  }
}
