// Lists that a registry gives in pages: each names the next in a Link header.
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags

import {EngineError} from '../../errors.ts';
import {type JsonField, parseDocument} from '../json-document.ts';
import type {HttpResponse} from './http-client.ts';

/** The largest body of an answer with a page. */
export const maxPageBytes = 8 * 1024 * 1024;
/** Together some million names; a registry that goes on is stopped here. */
const maxPages = 1000;

export interface PageRequest {
  /** Below /v2/. */
  path: string;
  /** The member with the list: 'tags', 'repositories'. */
  field: string;
  /** What is listed, for messages. */
  name: string;
}

export interface PageAnswer {
  response: Pick<HttpResponse, 'headers' | 'url'>;
  /** Undefined where it is longer than `maxPageBytes`. */
  bytes: Buffer | undefined;
}

/** `ask` gives the whole answer of status 200 for a path, or throws. Throws EngineError 'registry-failed'. */
export async function* readPages(
  {path, field, name}: PageRequest,
  ask: (path: string) => Promise<PageAnswer>,
): AsyncGenerator<string[]> {
  const seen = new Set<string>();
  for (let next: string | undefined = path; next !== undefined; ) {
    if (seen.has(next)) return;
    if (seen.size === maxPages)
      throw new EngineError('registry-failed', `${name} has more than ${maxPages} pages`);
    seen.add(next);
    const {response, bytes}: PageAnswer = await ask(next);
    const document = parsePage(bytes, name);
    // An empty list is null to some.
    yield document.has(field)
      ? document
          .get(field)
          .list(1_000_000)
          .map((item) => item.string())
      : [];
    next = nextPage(response);
  }
}

/** Throws EngineError 'registry-failed'. */
export function parsePage(bytes: Buffer | undefined, name: string): JsonField {
  if (bytes) return parseDocument(bytes, name, 'registry-failed');
  throw new EngineError('registry-failed', `a page of ${name} is larger than ${maxPageBytes} bytes`);
}

// Only the path and the query: the next page is where this one was, whatever host a proxy in front makes of it.
function nextPage({headers, url}: PageAnswer['response']): string | undefined {
  const [, target] = /<([^>]+)>\s*;\s*rel="?next"?/i.exec(String(headers.link ?? '')) ?? [];
  const next = target === undefined ? null : URL.parse(target, url);
  const [, path] = /\/v2\/(.+)$/.exec(next?.pathname ?? '') ?? [];
  return next && path !== undefined ? `${path}${next.search}` : undefined;
}
