// Who a person is to a registry, as `docker login` left it: ~/.docker/config.json and its credential helpers. What is
// found here never gets into a message.
import {readFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {EngineError, errnoOf} from '../../errors.ts';
import {type JsonField, parseDocument} from '../json-document.ts';
import {defaultRegistry} from '../reference.ts';
import {askHelper} from './credential-helper.ts';

export type Credentials =
  | {kind: 'password'; username: string; password: string}
  /** An OAuth2 refresh token: exchanged for an access token. */
  | {kind: 'identity-token'; token: string}
  /** A bearer token used as it is. */
  | {kind: 'registry-token'; token: string};

export interface CredentialSource {
  /** For a registry as references name it ('docker.io', 'localhost:5000'); undefined is anonymous. */
  find(registry: string): Promise<Credentials | undefined>;
}

export const noCredentials: CredentialSource = {find: async () => undefined};

/** The key of Docker Hub in config.json and in credential helpers, for historical reasons. */
export const dockerHubKey = 'https://index.docker.io/v1/';

/** Where Docker's client keeps what it knows of this person. */
export function credentialFolder(): string {
  return process.env.DOCKER_CONFIG || join(homedir(), '.docker');
}

/** What `login` left for this user. */
export function readCredentials(folder = credentialFolder()): CredentialSource {
  return new DockerCredentials(folder);
}

// Reads config.json anew at each question: a login during a long-lived engine counts.
class DockerCredentials implements CredentialSource {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, 'config.json');
  }

  /** Throws EngineError 'credentials-invalid' for a file that cannot be read and for a helper that fails. */
  async find(registry: string): Promise<Credentials | undefined> {
    const document = await this.#load();
    if (!document) return undefined;
    const key = registry === defaultRegistry ? dockerHubKey : registry;
    const helper = helperFor(
      document,
      registry === defaultRegistry ? [dockerHubKey, 'docker.io'] : [registry],
    );
    // A helper that has nothing is not the last word: `docker login` may have been before the helper was set up.
    const kept = helper === undefined ? undefined : await askHelper(helper, key);
    return kept ?? findAuth(document, key);
  }

  async #load(): Promise<JsonField | undefined> {
    try {
      return parseDocument(await readFile(this.#path), this.#path, 'credentials-invalid');
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
      if (errnoOf(error) === undefined) throw error;
      throw new EngineError('credentials-invalid', `cannot read ${this.#path}: ${errnoOf(error)}`, {
        cause: error,
      });
    }
  }
}

/** The helper that keeps the credentials of a registry, which may have several names there. */
export function helperFor(document: JsonField, keys: readonly string[]): string | undefined {
  const helpers = document.get('credHelpers').stringMap() ?? {};
  const own = keys.map((key) => helpers[key]).find((helper) => helper !== undefined);
  return own ?? (document.has('credsStore') ? document.get('credsStore').string() || undefined : undefined);
}

function findAuth(document: JsonField, key: string): Credentials | undefined {
  if (!document.has('auths')) return undefined;
  const entries = document.get('auths').entries();
  const exact = entries.find(([name]) => name === key);
  const entry = exact ?? entries.find(([name]) => hostOf(name) === hostOf(key));
  return entry && readAuth(entry[1]);
}

/** Keys are 'host:port' or, from old versions, URLs such as 'https://host/v1/'. */
export function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').split('/', 1)[0] ?? '';
}

function readAuth(field: JsonField): Credentials | undefined {
  const text = (name: string) => (field.has(name) ? field.get(name).string() : '');
  if (text('identitytoken') !== '') return {kind: 'identity-token', token: text('identitytoken')};
  if (text('registrytoken') !== '') return {kind: 'registry-token', token: text('registrytoken')};
  if (text('auth') !== '') {
    const decoded = Buffer.from(text('auth'), 'base64').toString('utf8');
    const colon = decoded.indexOf(':');
    if (colon < 0) return field.get('auth').fail("is not the base64 of 'user:password'");
    // Docker pads passwords with NULs.
    const password = decoded.slice(colon + 1).replace(/\0+$/, '');
    return {kind: 'password', username: decoded.slice(0, colon), password};
  }
  if (text('username') === '') return undefined;
  return {kind: 'password', username: text('username'), password: text('password')};
}
