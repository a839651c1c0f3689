// Lists that a registry gives in pages: each names the next in a Link header.
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags

import {parseDocument} from '../json-document.ts';
import type {HttpResponse} from './http-client.ts';

const maxPageBytes = 8 * 1024 * 1024;
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

/** `ask` gives the answer of status 200 for a path, or throws. Throws EngineError 'registry-failed'. */
export async function* readPages(
  {path, field, name}: PageRequest,
  ask: (path: string) => Promise<HttpResponse>,
): AsyncGenerator<string[]> {
  const seen = new Set<string>();
  for (let next: string | undefined = path; next !== undefined && seen.size < maxPages; ) {
    if (seen.has(next)) return;
    seen.add(next);
    const response: HttpResponse = await ask(next);
    const bytes = (await response.read(maxPageBytes)) ?? Buffer.alloc(0);
    const document = parseDocument(bytes, name, 'registry-failed');
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

// Only the path and the query: the next page is where this one was, whatever host a proxy in front makes of it.
function nextPage({headers, url}: HttpResponse): string | undefined {
  const [, target] = /<([^>]+)>\s*;\s*rel="?next"?/i.exec(String(headers.link ?? '')) ?? [];
  const next = target === undefined ? null : URL.parse(target, url);
  const [, path] = /\/v2\/(.+)$/.exec(next?.pathname ?? '') ?? [];
  return next && path !== undefined ? `${path}${next.search}` : undefined;
}
