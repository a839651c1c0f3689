// Proving to one registry that a repository may be pulled, or pushed to: Basic, or a bearer token from the token server it names.
// Follows https://distribution.github.io/distribution/spec/auth/ (token and oauth). Tokens never get into a message.
import {EngineError} from '../../errors.ts';
import {parseDocument} from '../json-document.ts';
import {parseChallenges} from './auth-challenge.ts';
import type {CredentialSource, Credentials} from './credentials.ts';
import type {HttpClient, HttpResponse} from './http-client.ts';
import type {RegistryEndpoint} from './registry-endpoint.ts';
import {mayUse} from './registry-redirect.ts';
import {isPassingStatus, PassingFailure, retryAfterMs} from './retry.ts';

const maxTokenBytes = 1024 * 1024;

export interface AuthRequest {
  http: HttpClient;
  endpoint: RegistryEndpoint;
  insecureRegistries: readonly string[];
  /** The one to pull from. Absent: only what a challenge names is asked for. */
  repository?: string;
  /** For a login: asks for a token to keep in place of the password. */
  isLogin?: boolean;
  /** Default: pull. */
  actions?: 'pull' | 'pull,push';
  credentials: CredentialSource;
}

export class RegistryAuth {
  readonly #request: AuthRequest;
  #header: string | undefined;
  #pending: Promise<string | undefined> | undefined;
  #credentials: Promise<Credentials | undefined> | undefined;
  /**
   * True once the registry itself was shown credentials. A token server has its own words for wrong ones; whoever got
   * a token from it and is still refused lacks the right, not the password.
   */
  hasCredentials = false;
  /** At a login: what the token server gave to be kept in place of the password, if it does that. */
  identityToken: string | undefined;

  constructor(request: AuthRequest) {
    this.#request = request;
  }

  /** The Authorization header to send, once a challenge was answered. */
  get header(): string | undefined {
    return this.#header;
  }

  /**
   * Answers the challenge of a 401. False when there is nothing (new) to answer it with. `sent` is the header that was
   * refused: requests that were refused together share one new token. Throws EngineError.
   */
  async answer(response: HttpResponse, sent: string | undefined, signal?: AbortSignal): Promise<boolean> {
    if (this.#header !== sent && this.#header !== undefined) return true;
    const challenge = response.headers['www-authenticate'];
    if (challenge === undefined) return false;
    this.#pending ??= this.#obtain(challenge, response.url, signal).finally(() => {
      this.#pending = undefined;
    });
    const header = await this.#pending;
    if (header === undefined || header === sent) return false;
    this.#header = header;
    return true;
  }

  async #obtain(header: string, base: URL, signal?: AbortSignal): Promise<string | undefined> {
    const {endpoint, credentials: source} = this.#request;
    this.#credentials ??= source.find(endpoint.name);
    const credentials = await this.#credentials;
    const challenges = parseChallenges(header);
    const bearer = challenges.find(({scheme}) => scheme === 'bearer');
    if (bearer) return this.#bearer(bearer.parameters, credentials, base, signal);
    if (challenges.some(({scheme}) => scheme === 'basic') && credentials?.kind === 'password') {
      this.hasCredentials = true;
      return basic(credentials);
    }
    return undefined;
  }

  async #bearer(
    parameters: Record<string, string>,
    credentials: Credentials | undefined,
    base: URL,
    signal?: AbortSignal,
  ): Promise<string> {
    if (credentials?.kind === 'registry-token') {
      this.hasCredentials = true;
      return `Bearer ${credentials.token}`;
    }
    const {endpoint, insecureRegistries, http} = this.#request;
    const realm = URL.parse(parameters.realm ?? '', base);
    if (!parameters.realm || !realm || !mayUse(realm, endpoint, insecureRegistries)) {
      throw new EngineError(
        'registry-failed',
        `registry ${endpoint.name} names a token server that cannot be used: '${parameters.realm?.slice(0, 200) ?? ''}'`,
      );
    }
    const service = parameters.service;
    const scopes = this.#scopes(parameters.scope);
    const isInsecure = endpoint.isInsecure && realm.host === base.host;
    const send = (url: URL, form?: Record<string, string>, authorization?: string) =>
      http.send(url, {
        method: form ? 'POST' : 'GET',
        ...(form ? {form} : {}),
        headers: authorization === undefined ? {} : {authorization},
        isInsecure,
        signal,
      });
    const response =
      credentials?.kind === 'identity-token'
        ? await send(realm, {
            grant_type: 'refresh_token',
            refresh_token: credentials.token,
            client_id: 'crundle',
            ...(scopes.length === 0 ? {} : {scope: scopes.join(' ')}),
            ...(service === undefined ? {} : {service}),
          })
        : await send(
            withQuery(realm, {service, ...this.#offlineToken(credentials)}, scopes),
            undefined,
            credentials && basic(credentials),
          );
    return `Bearer ${await this.#readToken(response, credentials !== undefined)}`;
  }

  // What the challenge asks for, and all that this repository will be asked for: one token is to do for a whole push.
  #scopes(asked = ''): string[] {
    const {repository, actions = 'pull'} = this.#request;
    const scopes = asked.split(' ').filter((scope) => scope !== '');
    if (repository === undefined || (actions === 'pull' && scopes.length > 0)) return scopes;
    const own = `repository:${repository}:`;
    return [`${own}${actions}`, ...scopes.filter((scope) => !scope.startsWith(own))];
  }

  #offlineToken(credentials: Credentials | undefined): Record<string, string> {
    if (!this.#request.isLogin || credentials?.kind !== 'password') return {};
    return {account: credentials.username, client_id: 'crundle', offline_token: 'true'};
  }

  async #readToken(response: HttpResponse, isKnown: boolean): Promise<string> {
    const {endpoint, isLogin} = this.#request;
    const {name} = endpoint;
    const server = `the token server ${response.url.host} of registry ${name}`;
    const body = await response.read(maxTokenBytes);
    if (response.status === 401 || response.status === 403 || response.status === 400) {
      throw new EngineError(
        isKnown ? 'registry-unauthorized' : 'registry-denied',
        `${server} refuses ${isKnown ? 'the credentials' : 'anonymous access'} (${response.status})`,
        {hint: this.#hint(isKnown)},
      );
    }
    if (response.status !== 200 || body === undefined) {
      const error = new EngineError('registry-failed', `${server} answered ${response.status}`);
      throw isPassingStatus(response.status) ? new PassingFailure(error, retryAfterMs(response)) : error;
    }
    const document = parseDocument(body, `the answer of ${server}`, 'registry-failed');
    const field = document.has('token') ? document.get('token') : document.get('access_token');
    const token = field.string();
    if (isLogin && document.has('refresh_token')) {
      this.identityToken = document.get('refresh_token').string() || undefined;
    }
    // Whatever it is, it must not end the header early.
    return /^[\x21-\x7e]+$/.test(token) ? token : field.fail('is not a token');
  }

  #hint(isKnown: boolean): string {
    const {endpoint, isLogin} = this.#request;
    if (isLogin) return 'check the user name, and the password or access token';
    return `log in${isKnown ? ' again' : ''}: 'crundle login ${endpoint.name}'`;
  }
}

function basic(credentials: Credentials): string | undefined {
  if (credentials.kind !== 'password') return undefined;
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
}

function withQuery(
  realm: URL,
  parameters: Record<string, string | undefined>,
  scopes: readonly string[],
): URL {
  const url = new URL(realm);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url;
}
