// The engine's registries: logging in and out. Credentials are kept where Docker keeps them, for this person, and so that
// other programs find them.
import {join} from 'node:path';
import type {Config} from '../config/config.ts';
import {EngineError, isEngineError} from '../errors.ts';
import {asTask} from '../images/cancellation.ts';
import {parseReference} from '../images/reference.ts';
import {credentialFolder, readCredentials} from '../images/registry/credentials.ts';
import {eraseCredentials, storeCredentials} from '../images/registry/login-file.ts';
import type {ManifestInspection} from '../images/registry/manifest-inspection.ts';
import {checkLogin} from '../images/registry/registry-login.ts';
import {parseRegistryName} from '../images/registry/registry-name.ts';
import type {FoundRepository} from '../images/registry/registry-search.ts';
import {lockFile} from '../system/file-lock.ts';

export interface LoginRequest {
  /** 'host[:port]', or a URL. Default: Docker Hub. */
  server?: string | undefined;
  username: string;
  password: string;
  signal?: AbortSignal;
}

export interface ManifestOptions {
  details?: boolean;
  /** Plain HTTP and any certificate are taken, as if the registry were listed in insecure-registries. */
  isInsecure?: boolean;
  signal?: AbortSignal;
}

/** The registries that one engine knows: `engine.registries`. A server that is none is 'invalid-reference'. */
export class RegistryEngine {
  readonly #config: Config;

  constructor(config: Config) {
    this.#config = config;
  }

  /**
   * Asks the registry whether it takes the credentials, and keeps them. `storedIn` is the file where they now lie
   * unencrypted, if they do. Throws EngineError 'registry-unauthorized', 'registry-unreachable', 'credentials-invalid' …
   */
  async logIn({server, username, password, signal}: LoginRequest): Promise<{storedIn: string | undefined}> {
    const {registry, key} = parseRegistryName(server);
    const {insecureRegistries} = this.#config;
    const given = {kind: 'password', username, password} as const;
    const check = {registry, credentials: given, insecureRegistries, signal};
    const credentials = await asTask('login', () => checkLogin(check));
    using _lock = await this.#lock();
    try {
      return {storedIn: await storeCredentials(credentialFolder(), key, credentials)};
    } catch (error) {
      if (!isEngineError(error)) throw error;
      throw new EngineError(error.code, `error saving credentials: ${error.message}`, {
        ...(error.hint !== undefined && {hint: error.hint}),
        cause: error,
      });
    }
  }

  /**
   * Repositories that have the words in their name, or where Docker Hub thinks that they fit: `[HOST[:PORT]/]WORDS`, at most 100.
   * Throws EngineError 'invalid-option', 'not-supported' for a registry that cannot be searched, 'registry-…'.
   */
  async search(
    term: string,
    {limit = 25, signal}: {limit?: number; signal?: AbortSignal} = {},
  ): Promise<FoundRepository[]> {
    if (limit < 1 || limit > 100) {
      throw new EngineError('invalid-option', `limit ${limit} is outside the range of [1, 100]`);
    }
    const {searchRegistry} = await import('../images/registry/registry-search.ts');
    const {insecureRegistries} = this.#config;
    const registry = {insecureRegistries, credentials: readCredentials()};
    return await asTask('search', () => searchRegistry({term, limit, registry, signal}));
  }

  /**
   * What a registry has under a name, image or not. `details`: also the entries of an index. Throws EngineError
   * 'manifest-not-found', 'manifest-invalid', 'registry-…'.
   */
  async manifest(
    text: string,
    {details = false, isInsecure = false, signal}: ManifestOptions = {},
  ): Promise<ManifestInspection> {
    const [{Registry}, {inspectManifest}] = await Promise.all([
      import('../images/registry/registry.ts'),
      import('../images/registry/manifest-inspection.ts'),
    ]);
    const reference = parseReference(text);
    const {insecureRegistries, registryMirrors: mirrors} = this.#config;
    using registry = new Registry(reference, {
      insecureRegistries: isInsecure ? [...insecureRegistries, reference.registry] : insecureRegistries,
      mirrors,
      credentials: readCredentials(),
    });
    const inspect = () => inspectManifest(registry, reference, {details, signal});
    return await asTask('manifest inspect', inspect);
  }

  /** The user and password that are kept for a registry, if both are. */
  async login(server?: string): Promise<{username: string; password: string} | undefined> {
    const {registry} = parseRegistryName(server);
    const found = await readCredentials().find(registry);
    if (found?.kind !== 'password' || found.username === '' || found.password === '') return undefined;
    return {username: found.username, password: found.password};
  }

  /**
   * Forgets the credentials for a registry. `name` is what they were kept for; `failures` says for each of its names what
   * a credential helper could not do, and is empty when at least one of them worked.
   */
  async logOut(server?: string): Promise<{name: string; failures: Map<string, EngineError>}> {
    const {key} = parseRegistryName(server);
    const isDefault = key.includes('://');
    const names = isDefault ? [key] : [...new Set([server ?? key, key, `http://${key}`, `https://${key}`])];
    using _lock = await this.#lock();
    const failures = await eraseCredentials(credentialFolder(), names);
    return {name: key, failures: failures.size < names.length ? new Map() : failures};
  }

  // Two logins at once must not lose one.
  async #lock() {
    return await lockFile(join(this.#config.runRoot, 'logins.lock'), 'exclusive');
  }
}
