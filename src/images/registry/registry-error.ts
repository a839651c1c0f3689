// Words for a registry's error answers: they become EngineErrors that name the registry, the cause and the next step. Never quotes
// a header or a URL's query: tokens live there.
import {EngineError} from '../../errors.ts';

export interface ErrorAnswer {
  status: number;
  contentType: string | undefined;
  body: string;
}

/** What was asked for, to be named in the message. */
export interface Asked {
  registry: string;
  /** Familiar reference: 'alpine:3'. */
  subject: string;
  /** Familiar name: 'alpine'. */
  repository: string;
  what: 'manifest' | 'blob' | 'upload' | 'tags' | 'search';
  /** True when credentials or a token made with them were sent. */
  hasCredentials: boolean;
}

/** The error for an answer that is not the thing asked for. Codes: https://github.com/opencontainers/distribution-spec */
export function answerError(answer: ErrorAnswer, asked: Asked): EngineError {
  const {status} = answer;
  const {registry, subject, repository} = asked;
  const [code, said] = registryMessage(answer);
  const words = said === '' ? '' : `: ${said}`;
  if (status === 401 && asked.hasCredentials) {
    return new EngineError(
      'registry-unauthorized',
      `registry ${registry} does not accept the credentials for ${repository}${words}`,
      {
        hint: `log in again: 'crundle login ${registry}'`,
      },
    );
  }
  if (status === 401 && asked.what === 'search') {
    return new EngineError('registry-denied', `registry ${registry} lets only known users search${words}`, {
      hint: `log in: 'crundle login ${registry}'`,
    });
  }
  if (status === 401 || status === 403 || code === 'DENIED') {
    return new EngineError(
      'registry-denied',
      `pull access denied for ${repository}, repository does not exist or may require authorization${words}`,
      {
        hint: `check the name; for a private repository log in: 'crundle login ${registry}'`,
      },
    );
  }
  if (status === 404 && isWebPage(answer)) return webPageError(asked);
  if (status === 404 && code === 'NAME_UNKNOWN') {
    return new EngineError('manifest-not-found', `repository ${repository} not found${words}`);
  }
  if (status === 404 && asked.what === 'tags') {
    return new EngineError('manifest-not-found', `repository ${repository} not found${words}`);
  }
  if (status === 404 && asked.what === 'manifest') {
    return new EngineError(
      'manifest-not-found',
      `manifest for ${subject} not found: ${said || 'manifest unknown'}`,
    );
  }
  if (status === 404) {
    return new EngineError('registry-failed', `registry ${registry} lacks a blob of ${subject}${words}`, {
      hint: 'the image is incomplete there: it has to be pushed again',
    });
  }
  if (status === 429) {
    return new EngineError(
      'registry-failed',
      `registry ${registry} limits how often it may be asked${words || ' (429)'}`,
      {
        hint: 'wait, or log in: known users usually may ask more often',
      },
    );
  }
  const page = isWebPage(answer) ? ' with a web page' : '';
  return new EngineError(
    'registry-failed',
    `registry ${registry} answered ${status}${page} to the ${asked.what} of ${subject}${words}`,
  );
}

/** A page where a document should be: a captive portal, a proxy, or a name that is no registry. */
export function webPageError(asked: Asked): EngineError {
  return new EngineError(
    'registry-failed',
    `${asked.registry} answered with a web page instead of the ${asked.what} of ${asked.subject}`,
    {
      hint: 'is that host a registry, and is there a login page or a proxy in between?',
    },
  );
}

export function isWebPage({contentType, body}: Pick<ErrorAnswer, 'contentType' | 'body'>): boolean {
  return /^text\/html\b/i.test(contentType ?? '') || /^\s*<(!doctype|html)\b/i.test(body);
}

/** The code and the words of an answer in the registry API's form; empty for any other. */
export function registryMessage({body, contentType}: ErrorAnswer): [code: string, message: string] {
  if (isWebPage({body, contentType})) return ['', ''];
  try {
    const document: unknown = JSON.parse(body);
    const first = (document as {errors?: {code?: unknown; message?: unknown}[]} | null)?.errors?.[0];
    const code = typeof first?.code === 'string' ? first.code : '';
    const message = typeof first?.message === 'string' ? first.message : '';
    const spoken = code.toLowerCase().replaceAll('_', ' ');
    return [code, (message === '' || message === spoken ? spoken : `${spoken}: ${message}`).slice(0, 300)];
  } catch {
    // Not an answer of a registry's own: its text is nobody's message.
    return ['', ''];
  }
}
