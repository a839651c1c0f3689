// One HTTP exchange with a registry over got: connections are shared and kept, every wait is bounded, bodies are streams.
// No redirects, no retries and no authorization here: the registry client decides about those.
import type {IncomingHttpHeaders} from 'node:http';
import {Readable} from 'node:stream';
import type {Got} from 'got';
import {beginCall} from '../../system/trace.ts';
import {cancelled} from '../cancellation.ts';
import {HttpAgents, isLoopbackUrl} from './http-agents.ts';
import type {RegistryTiming} from './registry-endpoint.ts';

export interface HttpRequest {
  method?: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT';
  headers?: Record<string, string>;
  /** A form to post. */
  form?: Record<string, string>;
  /** What to send; silence is bounded as that of an answer's body is. The server may take longer for its answer. */
  body?: HttpBody | undefined;
  /** Takes any certificate. */
  isInsecure?: boolean;
  signal?: AbortSignal | undefined;
}

/** May be opened again, for another try. */
export interface HttpBody {
  sizeBytes: number;
  /** In small pieces: each that is taken counts as progress. */
  open(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export interface HttpResponse {
  status: number;
  headers: IncomingHttpHeaders;
  url: URL;
  /** To be read once, or closed. Fails with ETIMEDOUT when no byte comes for too long while somebody waits for one. */
  body: AsyncIterable<Uint8Array>;
  /** Reads the body up to a limit; more is undefined. */
  read(maxBytes: number): Promise<Buffer | undefined>;
  /** Drops the rest. Idempotent. */
  close(): void;
}

/** A registry that was sent a large blob may hash it before it answers. */
const storingFactor = 10;

export class HttpClient {
  readonly #timing: RegistryTiming;
  readonly #agents = new HttpAgents();

  constructor(timing: RegistryTiming) {
    this.#timing = timing;
  }

  /** Sends and waits for the head of the answer. Throws what got throws, and EngineError 'cancelled'. */
  async send(url: URL, request: HttpRequest = {}): Promise<HttpResponse> {
    const got = await loadGot();
    if (request.signal?.aborted) throw cancelled();
    const {agents, proxy, hasOwnAuthority} = this.#agents.choose(url);
    const call = beginCall();
    const {connectTimeoutMs: connect, answerTimeoutMs: response, stallTimeoutMs} = this.#timing;
    const sent = request.body && watchedBody(request.body, stallTimeoutMs);
    const stream = got.stream(url, {
      method: request.method ?? 'GET',
      headers: {
        'user-agent': 'crundle',
        'accept-encoding': 'identity',
        ...(request.body ? {'content-length': `${request.body.sizeBytes}`} : {}),
        ...request.headers,
      },
      ...(request.form ? {form: request.form} : {}),
      ...(sent ? {body: sent} : {}),
      agent: agents,
      // Loopback need not be verified; where an authority is named for this very host, it is.
      https: {rejectUnauthorized: !request.isInsecure || (hasOwnAuthority && isLoopbackUrl(url))},
      timeout: {
        lookup: connect,
        connect,
        secureConnect: connect,
        response: request.body ? response * storingFactor : response,
      },
      // Everything that got could do on its own would hide from the registry client what happened.
      retry: {limit: 0},
      followRedirect: false,
      throwHttpErrors: false,
      decompress: false,
      ...(request.signal ? {signal: request.signal} : {}),
    });
    let status: number | undefined;
    const tell = () => {
      const bytes = stream.downloadProgress.transferred;
      const outcome = status === undefined ? 'no answer' : `status ${status}, ${bytes} bytes`;
      call?.end(`${request.method ?? 'GET'} ${withoutQuery(url)}`, outcome);
    };
    return new Promise<HttpResponse>((resolve, reject) => {
      // Stays for the stream's whole life: a failure before anybody reads the body must not end the process.
      stream.on('error', (error) => {
        tell();
        reject(request.signal?.aborted ? cancelled() : Object.assign(error, proxy && {proxy}));
      });
      stream.once('end', tell);
      stream.once('response', ({statusCode, headers}) => {
        status = statusCode;
        const body = readBody(stream, stallTimeoutMs, request.signal);
        const close = () => {
          tell();
          closeBody(stream, headers['content-length']);
        };
        const read = (maxBytes: number) => readAll(body, maxBytes).finally(close);
        resolve({status: statusCode, headers, url, body, read, close});
      });
    });
  }

  /** Closes the connections. */
  close(): void {
    this.#agents.destroy();
  }
}

// What a registry redirects to is often signed there.
function withoutQuery({origin, pathname, search}: URL): string {
  return `${origin}${pathname}${search === '' ? '' : '?…'}`;
}

let gotLoading: Promise<Got> | undefined;

function loadGot(): Promise<Got> {
  gotLoading ??= import('got').then((module) => module.default);
  return gotLoading;
}

// A short rest is read, because that keeps the connection for the next request; a long one is not worth it.
function closeBody(
  stream: {readableEnded: boolean; resume(): unknown; destroy(): unknown},
  length = '',
): void {
  if (stream.readableEnded) return;
  if (/^\d{1,5}$/.test(length)) stream.resume();
  else stream.destroy();
}

// Fails with ETIMEDOUT when nobody takes the next piece for too long: then the other side has stopped reading.
function watchedBody({open}: HttpBody, stallTimeoutMs: number): Readable {
  async function* pieces() {
    let timer: NodeJS.Timeout | undefined;
    try {
      for await (const piece of open()) {
        clearTimeout(timer);
        timer = setTimeout(() => readable.destroy(stalled()), stallTimeoutMs);
        yield piece;
      }
    } finally {
      clearTimeout(timer);
    }
  }
  const readable = Readable.from(pieces(), {objectMode: false});
  return readable;
}

function stalled(): Error {
  return Object.assign(new Error('no data'), {code: 'ETIMEDOUT'});
}

async function* readBody(
  stream: AsyncIterable<Uint8Array> & {destroy(error?: Error): unknown; readableEnded: boolean},
  stallTimeoutMs: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  // While the consumer works, silence is its doing: only time spent waiting for the network counts.
  let isWaiting = false;
  const timer = setTimeout(() => {
    if (isWaiting) stream.destroy(stalled());
  }, stallTimeoutMs);
  try {
    isWaiting = true;
    for await (const chunk of stream) {
      isWaiting = false;
      yield chunk;
      isWaiting = true;
      timer.refresh();
    }
  } catch (error) {
    throw signal?.aborted ? cancelled() : error;
  } finally {
    clearTimeout(timer);
    if (!stream.readableEnded) stream.destroy();
  }
}

async function readAll(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
