// A registry in this process, for what Debian's docker-registry never does: it drops connections, lies about sizes and
// digests, asks for tokens that run out, redirects, stalls, and answers web pages. It takes pushes too.
import {createHash} from 'node:crypto';
import http, {type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {type FakeAnswer, registryError, send} from './fake-answer.ts';
import {type FakeAuth, FakeAuthority} from './fake-auth.ts';
import {FakeUploads} from './fake-uploads.ts';
import type {TestDocument, TestImage} from './image.ts';

export interface FakeRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
  bytes: Buffer;
  /** How many requests for this method and path came before. */
  repeat: number;
}

export interface FakeRegistryOptions {
  auth?: FakeAuth;
  /** Answers ranges with the whole blob. */
  noRanges?: boolean;
}

export class FakeRegistry implements AsyncDisposable {
  readonly requests: FakeRequest[] = [];
  /** Connections accepted. */
  connections = 0;
  /** Asked first for every request: what it returns is sent instead of the right answer, or over it. */
  intercept: (request: FakeRequest, answer: FakeAnswer) => FakeAnswer | undefined = () => undefined;
  /** How many bytes of a request's body are taken before the connection is broken. */
  cut: (request: FakeRequest) => number | undefined = () => undefined;
  readonly uploads = new FakeUploads((digest, bytes) => this.putBlob(digest, bytes));
  readonly #options: FakeRegistryOptions;
  readonly #server: http.Server;
  readonly #blobs = new Map<string, Buffer>();
  readonly #manifests = new Map<string, TestDocument>();
  readonly #authority: FakeAuthority;

  private constructor(options: FakeRegistryOptions) {
    this.#options = options;
    this.#authority = new FakeAuthority(options.auth, () => this.address);
    this.#server = http.createServer((request, response) => void this.#serve(request, response));
    this.#server.on('connection', () => this.connections++);
  }

  static async start(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
    const registry = new FakeRegistry(options);
    await new Promise<void>((resolve) => registry.#server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  /** '127.0.0.1:PORT' */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Serves an image under a name and tag; returns the reference. With an index, the tag is the index's. */
  put(name: string, tag: string, image: TestImage | readonly TestImage[], index?: TestDocument): string {
    const images = 'manifest' in image ? [image] : image;
    for (const {manifest, config, layers} of images) {
      this.putManifest(name, manifest.digest, manifest);
      this.putBlob(config.digest, config.bytes);
      for (const layer of layers) this.putBlob(layer.digest, layer.blob);
      for (const {digest} of [config, ...layers]) this.uploads.add(name, digest);
    }
    const top = index ?? images[0]?.manifest;
    if (top) {
      this.putManifest(name, tag, top);
      this.putManifest(name, top.digest, top);
    }
    return `${this.address}/${name}:${tag}`;
  }

  putManifest(name: string, reference: string, document: TestDocument): void {
    this.#manifests.set(`${name}/${reference}`, document);
  }

  putBlob(digest: string, bytes: Buffer): void {
    this.#blobs.set(digest, bytes);
  }

  removeBlob(digest: string): void {
    this.#blobs.delete(digest);
  }

  /** Requests whose path holds this text. */
  asked(part: string): FakeRequest[] {
    return this.requests.filter((request) => request.path.includes(part));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '/', 'http://fake');
    const request: FakeRequest = {
      method: incoming.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      body: '',
      bytes: Buffer.alloc(0),
      repeat: this.requests.filter((item) => item.path === url.pathname && item.method === incoming.method)
        .length,
    };
    this.requests.push(request);
    // Leaving a body in the middle takes the socket away from the request, and does not close it.
    const {socket} = incoming;
    const isCut = await readBody(incoming, request, this.cut(request));
    if (isCut) {
      this.uploads.keepPart(request);
      socket.destroy();
      return;
    }
    const right = this.#answer(request);
    const answer = {...right, ...this.intercept(request, right)};
    if (answer.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, answer.delayMs));
    send(request, response, answer);
  }

  #answer(request: FakeRequest): FakeAnswer {
    if (request.path === '/token') return this.#authority.giveToken(request);
    const refused = this.#authority.check(request);
    if (refused) return refused;
    if (request.path === '/v2/') return {body: '{}'};
    const upload = /^\/v2\/(.+)\/blobs\/uploads\/([^/]*)$/.exec(request.path);
    if (upload) return this.uploads.answer(request, upload[1] ?? '', upload[2] ?? '');
    const match = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(request.path);
    if (match?.[2] === 'manifests' && request.method === 'PUT') {
      return this.#takeManifest(match[1] ?? '', match[3] ?? '', request);
    }
    if (match?.[2] === 'manifests') return this.#manifest(`${match[1]}/${match[3]}`);
    const isElsewhere = !this.uploads.repositories.get(match?.[1] ?? '')?.has(match?.[3] ?? '');
    if (request.method === 'HEAD' && isElsewhere) return {status: 404};
    return this.#blob(match?.[3] ?? '', request.headers.range);
  }

  #manifest(key: string): FakeAnswer {
    const document = this.#manifests.get(key);
    if (!document) return registryError(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    const {bytes, digest, mediaType} = document;
    return {headers: {'content-type': mediaType, 'docker-content-digest': digest}, body: bytes};
  }

  #takeManifest(name: string, reference: string, {bytes, headers}: FakeRequest): FakeAnswer {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const;
    const document = {bytes, digest, mediaType: headers['content-type'] ?? ''};
    for (const key of [reference, digest]) this.putManifest(name, key, document);
    return {status: 201, headers: {'docker-content-digest': digest}};
  }

  #blob(digest: string, range: string | undefined): FakeAnswer {
    const bytes = this.#blobs.get(digest);
    if (!bytes) return registryError(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? -1);
    if (from < 0 || this.#options.noRanges) return {body: bytes};
    if (from >= bytes.length) return {status: 416};
    const contentRange = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
    return {status: 206, headers: {'content-range': contentRange}, body: bytes.subarray(from)};
  }
}

// True when it was cut.
async function readBody(
  incoming: IncomingMessage,
  request: FakeRequest,
  cutAfter: number | undefined,
): Promise<boolean> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    chunks.push(chunk);
    size += chunk.length;
    if (cutAfter !== undefined && size >= cutAfter) break;
  }
  const all = Buffer.concat(chunks);
  request.bytes = cutAfter === undefined ? all : all.subarray(0, cutAfter);
  request.body = request.bytes.toString();
  return cutAfter !== undefined && size >= cutAfter;
}
