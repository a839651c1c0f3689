// Requests to one endpoint of the registry API v2: finds out whether it speaks TLS, authorizes, and follows redirects. What
// is asked for, and what an answer means, is the caller's business.
import {EngineError, isEngineError} from '../../errors.ts';
import type {HttpBody, HttpRequest, HttpResponse} from './http-client.ts';
import {isNetworkFailure, isOtherProtocol, isTransient, networkError} from './network-failure.ts';
import {type AuthRequest, RegistryAuth} from './registry-auth.ts';
import {mayUse, redirectTarget} from './registry-redirect.ts';
import {PassingFailure} from './retry.ts';

const maxRedirects = 10;

export interface RegistryRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT';
  /** Below /v2/, with a slash at its start below the root, or a URL that the registry gave: another host is not shown who asks. */
  target: string | URL;
  headers?: Record<string, string>;
  body?: HttpBody | undefined;
  signal?: AbortSignal | undefined;
}

export class RegistryConnection {
  readonly #options: AuthRequest;
  readonly #auth: RegistryAuth;
  #baseUrl: Promise<string> | undefined;

  constructor(options: AuthRequest) {
    this.#options = options;
    this.#auth = new RegistryAuth(options);
  }

  /** See RegistryAuth. */
  get hasCredentials(): boolean {
    return this.#auth.hasCredentials;
  }

  /** What a token server gave for the password, to be kept in its place. */
  get identityToken(): string | undefined {
    return this.#auth.identityToken;
  }

  /** Returns any answer but a redirect. Throws EngineError, and PassingFailure with one in it. */
  async request({method, target, headers = {}, body, signal}: RegistryRequest): Promise<HttpResponse> {
    const base = await this.#base(signal);
    const url =
      target instanceof URL ? target : new URL(base + (target.startsWith('/') ? target : `/v2/${target}`));
    const {endpoint, insecureRegistries} = this.#options;
    if (target instanceof URL && !mayUse(url, endpoint, insecureRegistries)) {
      throw new EngineError('registry-failed', `registry ${endpoint.name} names ${url.host} without TLS`);
    }
    const isHome = url.origin === new URL(base).origin;
    for (let tries = 0; ; tries++) {
      const sent = isHome ? this.#auth.header : undefined;
      const response = await this.#follow(url, {method, headers, body, signal}, sent);
      const refused = response.status === 401 && isHome && response.url.origin === url.origin;
      if (!refused || tries >= 2) return response;
      // Twice: a token may have run out since it was given.
      if (!(await this.#answerChallenge(response, sent, signal))) return response;
      response.close();
    }
  }

  async #base(signal?: AbortSignal): Promise<string> {
    this.#baseUrl ??= this.#findBaseUrl(signal);
    try {
      return await this.#baseUrl;
    } catch (error) {
      // The next try looks anew.
      this.#baseUrl = undefined;
      throw passingOrFinal(error, this.#options.endpoint.name);
    }
  }

  async #answerChallenge(
    response: HttpResponse,
    sent: string | undefined,
    signal?: AbortSignal,
  ): Promise<boolean> {
    try {
      return await this.#auth.answer(response, sent, signal);
    } catch (error) {
      throw passingOrFinal(error, `${this.#options.endpoint.name} (token server)`);
    }
  }

  async #follow(start: URL, request: HttpRequest, authorization: string | undefined): Promise<HttpResponse> {
    const {http, endpoint, insecureRegistries} = this.#options;
    let url = start;
    for (let hops = 0; hops <= maxRedirects; hops++) {
      const isHome = url.origin === start.origin;
      const headers = {...request.headers, ...(isHome && authorization !== undefined ? {authorization} : {})};
      let response: HttpResponse;
      try {
        response = await http.send(url, {...request, headers, isInsecure: endpoint.isInsecure && isHome});
      } catch (error) {
        throw passingOrFinal(error, isHome ? endpoint.name : `${url.host} (for ${endpoint.name})`);
      }
      const next = redirectTarget(
        {status: response.status, location: response.headers.location, url},
        endpoint,
        insecureRegistries,
      );
      // What was sent is sent again only where that is what the answer says.
      if (!next || (request.body && response.status < 307)) return response;
      response.close();
      url = next;
    }
    throw new EngineError('registry-failed', `registry ${endpoint.name} redirects without end`);
  }

  // Only an insecure registry has more than one candidate: with and without TLS.
  async #findBaseUrl(signal?: AbortSignal): Promise<string> {
    const {http, endpoint} = this.#options;
    const [first = '', ...others] = endpoint.baseUrls;
    if (others.length === 0) return first;
    let failure: unknown;
    for (const base of endpoint.baseUrls) {
      try {
        const response = await http.send(new URL(`${base}/v2/`), {isInsecure: true, signal});
        response.close();
        // What a TLS server says to plain HTTP.
        if (response.status !== 400) return base;
      } catch (error) {
        if (isEngineError(error) || !isOtherProtocol(error)) throw error;
        failure ??= error;
      }
    }
    if (failure === undefined) return first;
    throw failure;
  }
}

/** A failure of the network as an error of this registry; one that may not happen again as a PassingFailure. */
export function passingOrFinal(error: unknown, registry: string): Error {
  if (error instanceof PassingFailure || isEngineError(error)) return error;
  // No code: not a failure of the network but of this program.
  if (!isNetworkFailure(error)) throw error;
  const final = networkError(error, registry);
  return isTransient(error) ? new PassingFailure(final) : final;
}
