// `--security-opt`, given any number of times.
import {EngineError} from '../../src/errors.ts';
import type {SeccompChoice, SecurityOptions} from '../container-options.ts';
import {parseSeccompProfile} from '../seccomp.ts';
import {optionError} from './option-error.ts';

/** Reads the profile of `seccomp=PATH` for the parser, which does no input and output itself. */
export type ProfileReader = (path: string) => string;

/**
 * `no-new-privileges[=BOOL]`, `seccomp=PATH|unconfined|builtin`, `apparmor=PROFILE`, `systempaths=unconfined`,
 * `writable-cgroups=BOOL`, `label=disable`; a colon may stand for the first equals sign. Throws EngineError 'invalid-option', or
 * 'not-supported' for SELinux labels.
 */
export function parseSecurityOptions(texts: readonly string[], readProfile: ProfileReader): SecurityOptions {
  const security: SecurityOptions = {seccomp: {kind: 'default'}, unconfinedSystemPaths: false};
  for (const text of texts) addOption(security, text, readProfile);
  return security;
}

function addOption(security: SecurityOptions, text: string, readProfile: ProfileReader): void {
  if (text === 'no-new-privileges') {
    security.noNewPrivileges = true;
    return;
  }
  // Docker's older word for it, from when the value stood alone.
  if (text === 'disable') return;
  const [, name, value] = /^([^=:]*)[=:](.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw invalidOption(text);
  if (name === 'no-new-privileges') security.noNewPrivileges = parseBoolean(text, value);
  else if (name === 'seccomp') security.seccomp = parseSeccomp(value, readProfile);
  else if (name === 'apparmor' && value !== '') security.apparmor = value;
  else if (name === 'systempaths' && value === 'unconfined') security.unconfinedSystemPaths = true;
  else if (name === 'writable-cgroups') security.writableCgroups = parseBoolean(text, value);
  else if (name === 'label') checkLabel(text, value);
  else throw invalidOption(text);
}

function parseSeccomp(value: string, readProfile: ProfileReader): SeccompChoice {
  if (value === 'unconfined' || value === 'builtin') return {kind: value};
  let json: string;
  try {
    json = readProfile(value);
  } catch (error) {
    throw optionError(`opening seccomp profile (${value}) failed: ${wordsOf(error)}`, {cause: error});
  }
  parseSeccompProfile(json);
  return {kind: 'profile', json};
}

// Node.js puts the call and the path behind the reason, and the errno before it.
function wordsOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /^[A-Z0-9]+: ([^,]+),/.exec(message)?.[1] ?? message;
}

function checkLabel(text: string, value: string): void {
  // No labels is what there is.
  if (value === 'disable') return;
  throw new EngineError('not-supported', `--security-opt ${text}: SELinux labels are not supported`, {
    hint: 'Debian and Ubuntu confine by AppArmor: use apparmor=PROFILE',
    exit: 125,
  });
}

// Go's strconv.ParseBool.
function parseBoolean(text: string, value: string): boolean {
  if (/^(1|t|T|TRUE|true|True)$/.test(value)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(value)) return false;
  throw invalidOption(text);
}

function invalidOption(text: string): Error {
  return optionError(`invalid --security-opt: "${text}"`);
}
