// Docker's config.json as logins change it: one entry of `auths`, or a call of the credential helper that it names. All else
// in it stays, also what crundle does not know. A file that cannot be read is never written.
import {randomUUID} from 'node:crypto';
import {chmod, chown, mkdir, open, readFile, realpath, rename, rm, stat} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {EngineError, errnoOf} from '../../errors.ts';
import {syncFolder} from '../../system/durable-file.ts';
import {type JsonField, parseDocument} from '../json-document.ts';
import {eraseWithHelper, storeWithHelper} from './credential-helper.ts';
import {type Credentials, helperFor, hostOf} from './credentials.ts';

type Json = Record<string, unknown>;

/**
 * Keeps the credentials under `key`. Returns the path of the file when they now lie there as anybody can read them who can
 * read the file; undefined when a helper keeps them, or when nothing has changed. Throws EngineError 'credentials-invalid',
 * 'program-missing'.
 */
export async function storeCredentials(
  folder: string,
  key: string,
  credentials: Credentials,
): Promise<string | undefined> {
  const path = join(folder, 'config.json');
  const {field, document} = await readConfig(path);
  const helper = helperFor(field, helperKeys(key));
  if (helper !== undefined) await storeWithHelper(helper, key, credentials);
  const entry = helper === undefined ? fileEntry(credentials) : {};
  const auths = authsOf(document);
  if (JSON.stringify(auths[key]) === JSON.stringify(entry)) return undefined;
  // As Docker's client leaves it: logins first, and by name.
  const sorted = Object.entries({...auths, [key]: entry}).sort(([a], [b]) => (a < b ? -1 : 1));
  const withLogins = 'auths' in document ? document : {auths: {}, ...document};
  await writeConfig(path, {...withLogins, auths: Object.fromEntries(sorted)});
  return helper === undefined ? path : undefined;
}

/**
 * Forgets the credentials of a registry under all of its names: `keys` in helpers, in the file whatever has the same host.
 * Goes on past failures, and returns them by key. Nothing kept is no failure.
 */
export async function eraseCredentials(
  folder: string,
  keys: readonly string[],
): Promise<Map<string, EngineError>> {
  const path = join(folder, 'config.json');
  const {field, document} = await readConfig(path);
  const failures = new Map<string, EngineError>();
  for (const key of keys) {
    const helper = helperFor(field, helperKeys(key));
    if (helper === undefined) continue;
    await eraseWithHelper(helper, key).catch((error: unknown) => {
      if (!(error instanceof EngineError)) throw error;
      failures.set(key, error);
    });
  }
  const auths = Object.entries(authsOf(document));
  const hosts = keys.map(hostOf);
  const kept = auths.filter(([name]) => !hosts.includes(hostOf(name)));
  if (kept.length < auths.length) await writeConfig(path, {...document, auths: Object.fromEntries(kept)});
  return failures;
}

// Docker Hub goes by a URL, and people name its helper by host.
function helperKeys(key: string): string[] {
  return hostOf(key) === 'index.docker.io' ? [key, 'docker.io'] : [key];
}

function fileEntry(credentials: Credentials): Json {
  if (credentials.kind === 'password') {
    return {auth: Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')};
  }
  return {[credentials.kind === 'identity-token' ? 'identitytoken' : 'registrytoken']: credentials.token};
}

function authsOf(document: Json): Json {
  return typeof document.auths === 'object' && document.auths !== null ? (document.auths as Json) : {};
}

async function readConfig(path: string): Promise<{field: JsonField; document: Json}> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return '{}';
    if (errnoOf(error) === undefined) throw error;
    throw new EngineError('credentials-invalid', `cannot read ${path}: ${errnoOf(error)}`, {cause: error});
  });
  const field = parseDocument(Buffer.from(text), path, 'credentials-invalid');
  if (field.has('auths')) field.get('auths').entries();
  field.entries();
  // Numbers are kept as they were written.
  const keepNumbers = (_key: string, value: unknown, context: {source?: string}) =>
    typeof value === 'number' ? rawJson(context.source ?? String(value)) : value;
  return {field, document: JSON.parse(text, keepNumbers as (key: string, value: unknown) => unknown) as Json};
}

// Node.js has had it since 21, TypeScript's library does not know it yet.
function rawJson(text: string): unknown {
  return (JSON as unknown as {rawJSON(text: string): unknown}).rawJSON(text);
}

// Atomic and durable, in the place that a link leads to. A new file is its owner's alone; one that is there keeps its owner
// and mode.
async function writeConfig(path: string, document: Json): Promise<void> {
  await mkdir(dirname(path), {recursive: true, mode: 0o700});
  const target = await realpath(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return path;
    throw error;
  });
  const before = await stat(target).catch(() => undefined);
  const temporary = `${target}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(document, null, '\t'));
      await file.sync();
    } finally {
      await file.close();
    }
    if (before) {
      await chown(temporary, before.uid, before.gid);
      await chmod(temporary, before.mode & 0o7777);
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, {force: true});
    throw error;
  }
  await syncFolder(dirname(target));
}
