// Words for connections that could not be made or broke: what the network, TLS or a proxy did becomes an EngineError that names the
// registry, the cause and the next step, and is told from a bug.
import {EngineError, isEngineError} from '../../errors.ts';
import {type ClockState, readClock} from '../../system/clock.ts';

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
