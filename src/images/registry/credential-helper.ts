// Programs that keep credentials: `docker-credential-NAME get|store|erase`, the server or JSON on standard input, JSON on
// standard output, errors there too. https://github.com/docker/docker-credential-helpers
import {EngineError} from '../../errors.ts';
import {type ProgramResult, runProgram} from '../../system/program.ts';
import {parseDocument} from '../json-document.ts';
import type {Credentials} from './credentials.ts';

const helperTimeoutMs = 60_000;

/** The user's name for a secret that is an identity token. */
const tokenUser = '<token>';

/** Undefined when it has nothing for the server. Throws EngineError 'credentials-invalid', 'program-missing'. */
export async function askHelper(name: string, server: string): Promise<Credentials | undefined> {
  const result = await callHelper(name, 'get', server);
  if (result.status !== 0) {
    const said = whatItSaid(result);
    if (saysNothingKept(said)) return undefined;
    throw new EngineError('credentials-invalid', `${programOf(name)} has no answer for ${server}: ${said}`);
  }
  const source = `the answer of ${programOf(name)}`;
  const answer = parseDocument(Buffer.from(result.stdout), source, 'credentials-invalid');
  const secret = answer.get('Secret').string();
  const username = answer.has('Username') ? answer.get('Username').string() : '';
  if (secret === '') return undefined;
  return username === tokenUser
    ? {kind: 'identity-token', token: secret}
    : {kind: 'password', username, password: secret};
}

/** Throws EngineError 'credentials-invalid', 'program-missing'. */
export async function storeWithHelper(name: string, server: string, credentials: Credentials): Promise<void> {
  const [username, secret] =
    credentials.kind === 'password'
      ? [credentials.username, credentials.password]
      : [tokenUser, credentials.token];
  const document = JSON.stringify({ServerURL: server, Username: username, Secret: secret});
  const result = await callHelper(name, 'store', document);
  if (result.status === 0) return;
  const said = whatItSaid(result).replaceAll(secret, '***');
  throw new EngineError('credentials-invalid', `${programOf(name)} cannot keep the credentials: ${said}`);
}

/** Nothing kept is no failure. Throws EngineError 'credentials-invalid', 'program-missing'. */
export async function eraseWithHelper(name: string, server: string): Promise<void> {
  const result = await callHelper(name, 'erase', server);
  const said = whatItSaid(result);
  if (result.status === 0 || saysNothingKept(said)) return;
  throw new EngineError('credentials-invalid', `${programOf(name)} cannot erase the credentials: ${said}`);
}

async function callHelper(
  name: string,
  verb: 'get' | 'store' | 'erase',
  input: string,
): Promise<ProgramResult> {
  if (!/^[A-Za-z0-9._-]+$/.test(name)) {
    throw new EngineError('credentials-invalid', `'${name}' is not the name of a credential helper`);
  }
  const program = programOf(name);
  // The helper looks for the keyring of the person: it needs their environment, and may live in their PATH.
  const env = Object.fromEntries(Object.entries(process.env).map(([key, value]) => [key, value ?? '']));
  return await runProgram(program, [verb], {
    // As bytes, which --debug does not show.
    input: Buffer.from(input),
    env,
    timeoutMs: helperTimeoutMs,
    reads: true,
    // Never the runner's own error, which tells what the program wrote: it may have been the secret.
    okStatuses: Array.from({length: 256}, (_, status) => status),
    install: `install ${program}, or remove it from credsStore and credHelpers in ~/.docker/config.json`,
  });
}

function programOf(name: string): string {
  return `docker-credential-${name}`;
}

function whatItSaid({stdout, stderr}: ProgramResult): string {
  return (stdout.trim() || stderr.trim()).slice(0, 200);
}

function saysNothingKept(said: string): boolean {
  return /credentials not found|no credentials|does not contain|not logged in/i.test(said);
}
