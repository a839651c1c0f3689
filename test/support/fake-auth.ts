// Who may do what in the in-process registry: Basic, or tokens of a token server at /token, which run out and know scopes.
import {randomUUID} from 'node:crypto';
import {type FakeAnswer, registryError} from './fake-answer.ts';
import type {FakeRequest} from './fake-registry.ts';

export interface FakeAuth {
  kind: 'bearer' | 'basic';
  user?: string;
  password?: string;
  /** Given to whoever has this refresh token. */
  identityToken?: string;
  /** A token that is good without asking for one. */
  registryToken?: string;
  /** Requests that one token is good for. */
  tokenUses?: number;
  /** What no token is good for: 'repository:secret:pull'. */
  closed?: string;
}

export class FakeAuthority {
  readonly #auth: FakeAuth | undefined;
  readonly #address: () => string;
  readonly #tokens = new Map<string, {uses: number; scopes: string[]}>();

  constructor(auth: FakeAuth | undefined, address: () => string) {
    this.#auth = auth;
    this.#address = address;
  }

  check(request: FakeRequest): FakeAnswer | undefined {
    const {headers} = request;
    const auth = this.#auth;
    if (!auth) return undefined;
    if (auth.kind === 'basic') {
      if (headers.authorization === basic(auth)) return undefined;
      return {
        ...registryError(401, 'UNAUTHORIZED', 'authentication required'),
        headers: {'www-authenticate': 'Basic realm="fake"'},
      };
    }
    const token = headers.authorization?.replace(/^Bearer /, '') ?? '';
    if (token === auth.registryToken) return undefined;
    const known = this.#tokens.get(token);
    const needed = neededScopes(request);
    if (known && known.uses > 0 && needed.every((scope) => isCovered(scope, known.scopes))) {
      known.uses--;
      return undefined;
    }
    const challenge = `Bearer realm="http://${this.#address()}/token",service="fake",scope="${needed.join(' ')}"`;
    return {
      ...registryError(401, 'UNAUTHORIZED', 'authentication required'),
      headers: {'www-authenticate': challenge},
    };
  }

  giveToken({headers, body, query}: FakeRequest): FakeAnswer {
    const auth = this.#auth;
    const form = new URLSearchParams(body);
    const isKnown =
      auth?.identityToken === undefined
        ? auth?.user === undefined || headers.authorization === basic(auth)
        : form.get('refresh_token') === auth.identityToken && form.get('grant_type') === 'refresh_token';
    if (!isKnown) return registryError(401, 'UNAUTHORIZED', 'incorrect username or password');
    const token = randomUUID();
    const asked = form.get('scope')?.split(' ') ?? query.getAll('scope');
    const scopes = asked.filter((scope) => scope !== auth?.closed);
    this.#tokens.set(token, {uses: auth?.tokenUses ?? 1000, scopes});
    return {body: JSON.stringify(auth?.identityToken === undefined ? {token} : {access_token: token})};
  }
}

function neededScopes({method, path, query}: FakeRequest): string[] {
  const name = /^\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(path)?.[1];
  if (name === undefined) return [];
  const actions = method === 'GET' || method === 'HEAD' ? 'pull' : 'pull,push';
  const from = query.get('from');
  return [`repository:${name}:${actions}`, ...(from === null ? [] : [`repository:${from}:pull`])];
}

function isCovered(needed: string, scopes: readonly string[]): boolean {
  const [, name, actions = ''] = needed.split(':');
  return actions
    .split(',')
    .every((action) =>
      scopes.some(
        (scope) => scope.split(':')[1] === name && scope.split(':')[2]?.split(',').includes(action),
      ),
    );
}

function basic({user, password}: FakeAuth): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
