// Words for what goes wrong with a registry: network failures and error answers become EngineErrors that name the
// registry, the cause and the next step. Never quotes a header or a URL's query: tokens live there.
import {EngineError, isEngineError} from '../errors.ts';
import {type ClockState, readClock} from '../system/clock.ts';

/** A connection that could not be made or broke. Errors of the engine pass through. */
export function networkError(error: unknown, registry: string, clock?: ClockState): EngineError {
  if (isEngineError(error)) return error;
  const code = codeOf(error);
  const [why, hint] = explainDates(code, clock) ??
    explain(code) ?? [`the connection failed (${code ?? messageOf(error)})`];
  const way = error instanceof Error && 'proxy' in error ? ` through the proxy ${error.proxy}` : '';
  return new EngineError('registry-unreachable', `cannot reach registry ${registry}${way}: ${why}`, {
    ...(hint === undefined ? {} : {hint}),
    cause: error,
  });
}

// A certificate is valid for some days: by a clock that is wrong it is not, and it is not the certificate that is to blame.
function explainDates(code: string | undefined, clock?: ClockState): [why: string, hint: string] | undefined {
  if (code !== 'CERT_HAS_EXPIRED' && code !== 'CERT_NOT_YET_VALID') return undefined;
  const {now, atLeast, isSynchronized} = clock ?? readClock();
  const minutes = (time: Date) => `${time.toISOString().slice(0, 16)}Z`;
  const what = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet';
  const wrong = now < atLeast ? `, which is wrong: there are files of ${minutes(atLeast)}` : '';
  const why = `its certificate ${what} by this machine's clock (${minutes(now)})${wrong}`;
  if (isSynchronized && wrong === '') {
    return [why, "the clock is synchronised: it is the registry's certificate that has to be replaced"];
  }
  return [
    why,
    "set the clock, or wait until it is synchronised: 'crundle pull --wait-clock'; 'timedatectl' shows whether it is",
  ];
}

/** Why an address cannot be reached, for who is no registry. */
export function whyUnreachable(error: unknown): string {
  const code = codeOf(error);
  return (
    explainDates(code)?.[0] ?? explain(code)?.[0] ?? `the connection failed (${code ?? messageOf(error)})`
  );
}

function explain(code: string | undefined): [why: string, hint?: string] | undefined {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_NODATA':
      return [
        'its name does not resolve',
        'is the name spelt right, and does DNS work here (/etc/resolv.conf)?',
      ];
    case 'EAI_AGAIN':
      return ['the DNS server does not answer', 'check the network and /etc/resolv.conf'];
    case 'ECONNREFUSED':
      return ['it refuses the connection', 'is it running, and is the port right?'];
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return ['there is no route to it', "check the network: 'ip route' lists where packets can go"];
    case 'ETIMEDOUT':
    case 'ERR_GOT_TIMEOUT_ERROR':
      return ['it did not answer in time', 'check the network, a firewall and the proxy settings'];
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ERR_STREAM_PREMATURE_CLOSE':
    case 'ERR_HTTP_CONTENT_LENGTH_MISMATCH':
      return ['it broke the connection'];
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return [
        'its certificate is signed by an unknown authority',
        'put its CA into /etc/docker/certs.d/HOST[:PORT]/ca.crt, or for all programs into ' +
          '/usr/local/share/ca-certificates and run update-ca-certificates',
      ];
    case 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED':
    case 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE':
    case 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE':
    case 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA':
    case 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN':
      return [
        'it asks for a client certificate that it knows',
        'put NAME.cert and NAME.key into /etc/docker/certs.d/HOST[:PORT]',
      ];
    case 'ERR_PROXY_TUNNEL':
      return ['the proxy does not pass the request on', 'check HTTPS_PROXY and NO_PROXY'];
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return ['its certificate is for another host name'];
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return [
        'it does not speak TLS',
        'a registry with plain HTTP has to be listed in insecure-registries (/etc/crundle/config.json)',
      ];
    case 'HPE_INVALID_CONSTANT':
    case 'HPE_INVALID_HEADER_TOKEN':
      return ['it does not speak HTTP', 'is the port right?'];
    default:
      return undefined;
  }
}

// got wraps the failure of the socket: what is inside tells more than got's own code.
function codeOf(error: unknown): string | undefined {
  let code: string | undefined;
  for (
    let current = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause, depth++
  ) {
    if (!('code' in current) || typeof current.code !== 'string') continue;
    code ??= current.code;
    if (!gotCodes.includes(current.code)) return current.code;
  }
  return code;
}

const gotCodes: readonly string[] = ['ERR_GOT_REQUEST_ERROR', 'ERR_READING_RESPONSE_STREAM'];

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : 'unknown';
}

/** True for what the network, TLS or HTTP did, as opposed to a bug. */
export function isNetworkFailure(error: unknown): boolean {
  return codeOf(error) !== undefined;
}

/** True for what TLS meets where plain HTTP is spoken, and the reverse. */
export function isOtherProtocol(error: unknown): boolean {
  return /^(EPROTO|ECONNRESET|EPIPE|ERR_SSL_|HPE_)/.test(codeOf(error) ?? '');
}

/** True for a failure that another try may not meet. */
export function isTransient(error: unknown): boolean {
  return transientCodes.has(codeOf(error) ?? '');
}

const transientCodes = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ERR_GOT_TIMEOUT_ERROR',
  'ERR_READING_RESPONSE_STREAM',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_HTTP_CONTENT_LENGTH_MISMATCH',
]);

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
        hint: `log in again: the credentials are those of ${registry} in ~/.docker/config.json`,
      },
    );
  }
  if (status === 401 || status === 403 || code === 'DENIED') {
    return new EngineError(
      'registry-denied',
      `pull access denied for ${repository}, repository does not exist or may require authorization${words}`,
      {
        hint: `check the name; for a private repository put credentials for ${registry} into ~/.docker/config.json`,
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
