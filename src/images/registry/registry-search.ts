// Searching a registry for repositories: Docker Hub's search, and the catalogue of any other that has one.
// https://github.com/moby/moby/blob/master/registry/search.go
import {EngineError, isEngineError} from '../../errors.ts';
import type {JsonField} from '../json-document.ts';
import {defaultRegistry, isRegistryHost} from '../reference.ts';
import {HttpClient} from './http-client.ts';
import {failedAnswer, maxErrorBytes} from './registry-answer.ts';
import {passingOrFinal, RegistryConnection} from './registry-connection.ts';
import {
  defaultTiming,
  endpointsOf,
  type RegistryEndpoint,
  type RegistryOptions,
} from './registry-endpoint.ts';
import type {Asked} from './registry-error.ts';
import {maxPageBytes, type PageAnswer, parsePage, readPages} from './registry-pages.ts';
import {withRetries} from './retry.ts';

export interface FoundRepository {
  /** As one would pull it. */
  name: string;
  description: string;
  stars: number;
  isOfficial: boolean;
  isAutomated: boolean;
}

export interface SearchRequest {
  /** '[HOST[:PORT]/]WORDS' */
  term: string;
  /** At most so many. */
  limit: number;
  registry: Omit<RegistryOptions, 'mirrors'>;
  signal?: AbortSignal | undefined;
}

const hubSearch: RegistryEndpoint = {
  name: defaultRegistry,
  baseUrls: ['https://index.docker.io'],
  isInsecure: false,
};

/** The best first. Throws EngineError 'invalid-reference', 'not-supported' for a registry that cannot be searched, 'registry-…'. */
export async function searchRegistry(request: SearchRequest): Promise<FoundRepository[]> {
  const {host, words} = splitTerm(request.term);
  const {insecureRegistries, credentials, timing} = request.registry;
  const [endpoint] = host === undefined ? [hubSearch] : endpointsOf(host, {insecureRegistries, mirrors: []});
  if (!endpoint) throw new Error(`registry ${host} has no endpoint`);
  const http = new HttpClient({...defaultTiming, ...timing});
  try {
    const connection = new RegistryConnection({http, endpoint, insecureRegistries, credentials});
    const question = new Question(request, connection, {registry: endpoint.name, words});
    if (host === undefined) return await question.search();
    return (await question.catalogue(host)) ?? (await question.search());
  } finally {
    http.close();
  }
}

// As Docker splits it: what looks like a host is one; 'library/x' is x.
function splitTerm(term: string): {host: string | undefined; words: string} {
  const [first = '', ...rest] = term.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  if (term.includes('://') || (isHost && !isRegistryHost(first))) {
    throw new EngineError(
      'invalid-reference',
      `invalid repository name: repository name (${term.slice(0, 200)}) is a URL or has no host`,
      {
        hint: 'such as nginx, or reg.example:5000/nginx',
      },
    );
  }
  const words = (isHost ? rest.join('/') : term).replace(/^library\//, '');
  const isHub = !isHost || first === defaultRegistry || first === 'index.docker.io';
  return {host: isHub ? undefined : first, words};
}

class Question {
  readonly #request: SearchRequest;
  readonly #connection: RegistryConnection;
  readonly #words: string;
  readonly #asked: Asked;

  constructor(
    request: SearchRequest,
    connection: RegistryConnection,
    {registry, words}: {registry: string; words: string},
  ) {
    this.#request = request;
    this.#connection = connection;
    this.#words = words;
    this.#asked = {
      registry,
      subject: `'${words}'`,
      repository: registry,
      what: 'search',
      get hasCredentials() {
        return connection.hasCredentials;
      },
    };
  }

  /** Version 1 of the API, which Docker Hub has kept for this, and some others have. */
  async search(): Promise<FoundRepository[]> {
    const {limit} = this.#request;
    const query = new URLSearchParams({q: this.#words, n: `${limit}`});
    const {bytes} = await this.#ask(`/v1/search?${query}`);
    const document = parsePage(bytes, `the answer of ${this.#asked.registry}`);
    const results = document.get('results').list().map(readResult);
    return results.sort((a, b) => b.stars - a.stars).slice(0, limit);
  }

  /** Undefined where there is none. */
  async catalogue(host: string): Promise<FoundRepository[] | undefined> {
    const found: FoundRepository[] = [];
    const page = {path: '_catalog?n=1000', field: 'repositories', name: `the catalogue of ${host}`};
    try {
      for await (const names of readPages(page, (path) => this.#ask(path))) {
        for (const name of names) {
          if (!name.includes(this.#words)) continue;
          found.push({
            name: `${host}/${name}`,
            description: '',
            stars: 0,
            isOfficial: false,
            isAutomated: false,
          });
        }
        if (found.length >= this.#request.limit) break;
      }
    } catch (error) {
      if (isEngineError(error, 'not-supported') && found.length === 0) return undefined;
      throw error;
    }
    return found.slice(0, this.#request.limit);
  }

  async #ask(target: string): Promise<PageAnswer> {
    const {signal, registry} = this.#request;
    return await withRetries({...defaultTiming, ...registry.timing}, signal, async () => {
      try {
        const response = await this.#connection.request({method: 'GET', target, signal});
        const isPage = response.status === 200;
        const bytes = await response.read(isPage ? maxPageBytes : maxErrorBytes);
        if (isPage) return {response, bytes};
        if ([403, 404, 405, 501].includes(response.status)) throw this.#unsearchable();
        throw failedAnswer(response, this.#asked, bytes);
      } catch (error) {
        throw passingOrFinal(error, this.#asked.registry);
      }
    });
  }

  #unsearchable(): EngineError {
    return new EngineError('not-supported', `registry ${this.#asked.registry} has no catalogue to search`, {
      hint: 'its web page may have one',
    });
  }
}

function readResult(field: JsonField): FoundRepository {
  const text = (name: string) => (field.has(name) ? field.get(name).string() : '');
  const flag = (name: string) => field.has(name) && field.get(name).boolean();
  return {
    name: text('name'),
    description: text('description'),
    stars: field.has('star_count') ? field.get('star_count').integer(0, Number.MAX_SAFE_INTEGER) : 0,
    isOfficial: flag('is_official'),
    isAutomated: flag('is_automated'),
  };
}
