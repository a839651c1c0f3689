// Debian's docker-registry, on a free loopback port of the network namespace that the test runs in.
import {execFileSync, spawn} from 'node:child_process';
import {cpSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fixtureStorage} from './fixtures.ts';

export interface RegistryOptions {
  /** Folder of the registry's files. Default: the fixtures. */
  storage?: string;
  /** Push to the storage folder itself; without it pushing is refused. With the fixtures: to a copy of them. */
  writable?: boolean;
  /** Asks for Basic authentication. */
  auth?: {user: string; password: string};
  /** Serves HTTPS with a certificate of its own for 127.0.0.1 and localhost: see `caPath`. */
  tls?: boolean;
}

export interface Registry {
  /** `127.0.0.1:PORT` */
  address: string;
  /** The certificate that clients must trust, in PEM, when `tls` was asked for. */
  caPath?: string;
  /** The registry's log so far, a request a line. */
  log(): string;
  stop(): Promise<void>;
}

/** Starts a registry and waits until it listens. */
export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), 'registry-'));
  const storage = chooseStorage(options, folder);
  const certificate = options.tls === true ? makeCertificate(folder) : undefined;
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify(configuration(options, folder, storage, certificate)),
  );
  // The environment is not passed on: REGISTRY_* would override the configuration.
  const server = spawn('docker-registry', ['serve', join(folder, 'config.json')], {
    env: {PATH: process.env.PATH},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  const ended = new Promise<void>((resolve) => server.once('close', () => resolve()));
  const port = await new Promise<string>((resolve, reject) => {
    const read = (text: string) => {
      log += text;
      const match = /listening on 127\.0\.0\.1:(\d+)/.exec(log);
      if (match?.[1]) resolve(match[1]);
    };
    server.stdout.setEncoding('utf8').on('data', read);
    server.stderr.setEncoding('utf8').on('data', read);
    server.once('error', reject);
    void ended.then(() => reject(new Error(`docker-registry ended: ${log.slice(-2000)}`)));
  });
  return {
    address: `127.0.0.1:${port}`,
    ...(certificate === undefined ? {} : {caPath: certificate.certificate}),
    log: () => log,
    stop: async () => {
      server.kill('SIGTERM');
      await ended;
      rmSync(folder, {recursive: true, force: true});
    },
  };
}

function chooseStorage({storage, writable}: RegistryOptions, folder: string): string {
  if (storage !== undefined) return storage;
  if (writable !== true) return fixtureStorage();
  const copy = join(folder, 'storage');
  cpSync(fixtureStorage(), copy, {recursive: true});
  return copy;
}

function configuration(
  {writable, auth}: RegistryOptions,
  folder: string,
  storage: string,
  certificate: Certificate | undefined,
): object {
  return {
    version: '0.1',
    log: {level: 'info', formatter: 'text'},
    storage: {
      filesystem: {rootdirectory: storage},
      delete: {enabled: writable === true},
      maintenance: {readonly: {enabled: writable !== true}, uploadpurging: {enabled: false}},
    },
    http: {addr: '127.0.0.1:0', ...(certificate === undefined ? {} : {tls: certificate})},
    ...(auth === undefined ? {} : {auth: {htpasswd: {realm: 'test', path: writeHtpasswd(folder, auth)}}}),
  };
}

// The registry takes bcrypt only; the C library's crypt(3), which perl-base calls, makes it.
function writeHtpasswd(folder: string, {user, password}: {user: string; password: string}): string {
  const program = 'print crypt($ARGV[0], q($2b$05$ABCDEFGHIJKLMNOPQRSTUu))';
  const hash = execFileSync('perl', ['-e', program, password], {encoding: 'utf8'});
  const path = join(folder, 'htpasswd');
  writeFileSync(path, `${user}:${hash}\n`, {mode: 0o600});
  return path;
}

interface Certificate {
  certificate: string;
  key: string;
}

function makeCertificate(folder: string): Certificate {
  const paths = {certificate: join(folder, 'registry.crt'), key: join(folder, 'registry.key')};
  const request = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '30',
  ];
  const name = ['-subj', '/CN=crundle-test', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  execFileSync('openssl', [...request, ...name, '-keyout', paths.key, '-out', paths.certificate], {
    stdio: 'ignore',
  });
  return paths;
}

// node test/support/registry-server.ts STORAGE: prints the address, serves until it is told to end.
if (import.meta.main) {
  const [storage = fixtureStorage()] = process.argv.slice(2);
  const registry = await startRegistry({storage});
  process.once('SIGTERM', () => registry.stop());
  console.log(registry.address);
}
