// A file at a web address, as a stream: for `import`. Follows redirects; knows nothing of registries and their credentials.
import {EngineError} from '../../errors.ts';
import {HttpClient, type HttpResponse} from './http-client.ts';
import {isNetworkFailure, whyUnreachable} from './network-failure.ts';
import {defaultTiming} from './registry-endpoint.ts';

const maxRedirects = 10;

/** The bytes, as they come. Throws EngineError 'download-failed', which never quotes what a query holds; 'cancelled'. */
export async function* downloadUrl(text: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const url = URL.parse(text);
  if (!url) throw failed(text, 'it is no web address');
  const client = new HttpClient(defaultTiming);
  try {
    const answer = await follow(client, url, signal);
    if (answer.status !== 200) throw failed(text, `the server answers with status ${answer.status}`);
    yield* answer.body;
  } catch (error) {
    if (!isNetworkFailure(error) || error instanceof EngineError) throw error;
    throw failed(text, whyUnreachable(error), error);
  } finally {
    client.close();
  }
}

async function follow(
  client: HttpClient,
  start: URL,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  let url = start;
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const answer = await client.send(url, {signal});
    const {location} = answer.headers;
    if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return answer;
    answer.close();
    const next = URL.parse(location, url);
    if (!next || !/^https?:$/.test(next.protocol))
      throw failed(start.href, 'it redirects to what is no web address');
    // What a person has sent with TLS does not go on without.
    if (url.protocol === 'https:' && next.protocol === 'http:')
      throw failed(start.href, `it redirects to ${next.host} without TLS`);
    url = next;
  }
  throw failed(start.href, `it redirects more than ${maxRedirects} times`);
}

/** The address for messages and histories: without a password, and without the query, which may be a signature. */
export function shownAddress(text: string): string {
  const url = URL.parse(text);
  return url ? `${url.origin}${url.pathname}` : text;
}

function failed(text: string, why: string, cause?: unknown): EngineError {
  return new EngineError('download-failed', `cannot download ${shownAddress(text)}: ${why}`, {
    hint: 'check the address; a file that is downloaded already can be imported too',
    cause,
  });
}
