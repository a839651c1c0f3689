// The one error class of the engine, and the closed union of its codes. Knows nothing of commands or terminals.

/**
 * Every way the engine can refuse or fail. A code is part of the public interface: programs branch on it, so it
 * never changes its meaning. Grouped by the noun it concerns.
 */
export type ErrorCode =
  // input
  | 'invalid-reference'
  | 'invalid-digest'
  | 'invalid-platform'
  | 'invalid-option'
  | 'invalid-config'
  | 'not-supported'
  // images and registries
  | 'image-not-found'
  | 'image-in-use'
  | 'image-ambiguous'
  | 'image-damaged'
  | 'platform-mismatch'
  | 'manifest-invalid'
  | 'manifest-not-found'
  | 'manifest-unsupported'
  | 'digest-mismatch'
  | 'size-mismatch'
  | 'registry-unauthorized'
  | 'registry-denied'
  | 'registry-unreachable'
  | 'registry-failed'
  | 'credentials-invalid'
  | 'download-failed'
  | 'archive-invalid'
  | 'archive-not-found'
  // layers
  | 'layer-invalid'
  | 'layer-hostile'
  | 'layer-damaged'
  | 'disk-full'
  // containers
  | 'container-not-found'
  | 'container-ambiguous'
  | 'container-name-in-use'
  | 'container-running'
  | 'container-not-running'
  | 'container-paused'
  | 'container-not-paused'
  | 'container-removing'
  | 'container-damaged'
  | 'command-not-found'
  | 'command-not-executable'
  | 'user-not-found'
  | 'path-not-found'
  | 'path-read-only'
  // volumes and networks
  | 'volume-not-found'
  | 'volume-in-use'
  | 'network-not-found'
  | 'network-ambiguous'
  | 'network-name-in-use'
  | 'network-in-use'
  | 'address-unavailable'
  | 'port-taken'
  | 'port-not-published'
  // the machine
  | 'program-missing'
  | 'program-failed'
  | 'program-timeout'
  | 'system-call-failed'
  | 'host-unsupported'
  | 'clock-wrong'
  | 'permission-denied'
  | 'state-busy'
  | 'state-newer'
  | 'state-damaged'
  | 'cancelled';

/** Docker's exit codes: 1 for a failed command, 64 for a template of `events` or `inspect` that is none, 125 to 127 for `run`, `create`, `start` and `exec`. */
export type ExitCode = 1 | 64 | 125 | 126 | 127;

export interface EngineErrorOptions {
  /** The next thing a person should try: a sentence without a final period. */
  hint?: string;
  cause?: unknown;
  /** What a command exits with when this error ends it. Default 1. */
  exit?: ExitCode;
}

/**
 * What failed, on which object, why: `message` is lower case, has no final period and no stack; `hint` says what
 * to try next. Credentials and control characters are removed from both. A broken invariant is not an
 * EngineError but a plain Error, because it is a bug and should show its stack.
 */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** Read by oclif's error handler. */
  readonly oclif: {exit: ExitCode};

  constructor(code: ErrorCode, message: string, options: EngineErrorOptions = {}) {
    super(withoutSecrets(message), options.cause === undefined ? {} : {cause: options.cause});
    this.code = code;
    this.hint = options.hint === undefined ? undefined : withoutSecrets(options.hint);
    this.oclif = {exit: options.exit ?? 1};
  }
}

/** True for an EngineError with one of these codes (any code when none is given). */
export function isEngineError(error: unknown, ...codes: ErrorCode[]): error is EngineError {
  return error instanceof EngineError && (codes.length === 0 || codes.includes(error.code));
}

/** The errno name of a Node.js or libc failure (`ENOENT`), or undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
}

/** True for a failure that lies with what is on the disk: a block that cannot be read, a name of another kind; not want of anything. */
export function isDiskFault(error: unknown): boolean {
  const reason = errnoOf(error);
  return reason !== undefined && !['EMFILE', 'ENFILE', 'ENOMEM', 'EACCES', 'EPERM'].includes(reason);
}

/**
 * Text from a registry, an archive or a program ends up in messages: it must not drive the terminal, and user information in
 * a URL or a bearer token must not reach a log.
 */
export function withoutSecrets(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s@]*@/gi, '$1')
    .replace(/\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{8,}/g, '$1 ***')
    .replace(/[^\P{Cc}\n\t]/gu, '\ufffd');
}
