// Names for containers: brings aardvark-dns in line with the records. One process for the host, there while a container
// is on a network with names.
import {mkdirSync, readdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Config} from '../config/config.ts';
import {lockFile} from '../system/file-lock.ts';
import {readOptionalFile} from '../system/optional-file.ts';
import {Aardvark, type AardvarkNetwork, networkFile} from './aardvark.ts';
import {readListeningSockets} from './listening-sockets.ts';

/**
 * ```
 * <run-root>/aardvark/networks/NAME   one file a network, and aardvark.pid
 * <run-root>/aardvark/port            the port it listens on
 * <run-root>/aardvark/resolvers       the resolv.conf that it has last read
 * ```
 */
const folderOf = (runRoot: string) => join(runRoot, 'aardvark');

const dnsPort = 53;
/** Where it listens, or one of those above, when another program has 53 on every address. */
const otherPort = 10053;

/**
 * `networks` is asked for under the lock, so that of two commands the later one writes the later state. Idempotent. Returns
 * true when the service has been started, and so its port may be another. Throws what Aardvark.start throws.
 */
export async function syncNameService(
  config: Pick<Config, 'runRoot' | 'dns'>,
  networks: () => readonly AardvarkNetwork[],
): Promise<boolean> {
  const folder = folderOf(config.runRoot);
  mkdirSync(join(folder, 'networks'), {recursive: true, mode: 0o700});
  using _lock = await lockFile(join(folder, 'lock'), 'exclusive');
  const aardvark = new Aardvark(join(folder, 'networks'));
  const wanted = networks();
  const hasChanged = writeFiles(folder, wanted);
  const resolversChanged = writeResolvers(folder, config);
  if (wanted.length === 0) {
    await aardvark.stop();
    rmSync(join(folder, 'port'), {force: true});
    return false;
  }
  if (aardvark.running()) {
    if (hasChanged || resolversChanged) aardvark.reload();
    return false;
  }
  const port = choosePort();
  writeFileSync(join(folder, 'port'), String(port));
  await aardvark.start(port, config.dns.length > 0 ? {resolvConf: join(folder, 'resolvers')} : {});
  return true;
}

/** The port of the service when it is not 53: the firewall leads containers there. */
export function redirectedDnsPort(runRoot: string): number | undefined {
  const port = Number(readOptionalFile(join(folderOf(runRoot), 'port')) ?? dnsPort);
  return port === dnsPort ? undefined : port;
}

/** False when the service has died, or the host's resolvers are not those that it has read. Costs a file or three. */
export function nameServiceIsWell(config: Pick<Config, 'runRoot' | 'dns'>): boolean {
  const folder = folderOf(config.runRoot);
  if (readOptionalFile(join(folder, 'port')) === undefined) return true;
  const isRunning = new Aardvark(join(folder, 'networks')).running() !== undefined;
  return isRunning && readOptionalFile(join(folder, 'resolvers')) === resolvers(config);
}

function resolvers({dns}: Pick<Config, 'dns'>): string {
  if (dns.length > 0) return dns.map((server) => `nameserver ${server}\n`).join('');
  return readOptionalFile('/etc/resolv.conf') ?? '';
}

// In place: aardvark may have it bound over /etc/resolv.conf.
function writeResolvers(folder: string, config: Pick<Config, 'dns'>): boolean {
  const path = join(folder, 'resolvers');
  const text = resolvers(config);
  if (readOptionalFile(path) === text) return false;
  writeFileSync(path, text, {mode: 0o600});
  return true;
}

function writeFiles(folder: string, networks: readonly AardvarkNetwork[]): boolean {
  const wanted = new Map(networks.map((network) => [network.name, networkFile(network)]));
  let hasChanged = false;
  for (const name of readdirSync(join(folder, 'networks'))) {
    if (wanted.has(name) || name === 'aardvark.pid') continue;
    rmSync(join(folder, 'networks', name), {force: true});
    hasChanged = true;
  }
  for (const [name, text] of wanted) {
    const path = join(folder, 'networks', name);
    if (readOptionalFile(path) === text) continue;
    // Beside the folder, because aardvark takes every file in it for a network.
    writeFileSync(join(folder, 'scratch'), text, {mode: 0o600});
    renameSync(join(folder, 'scratch'), path);
    hasChanged = true;
  }
  return hasChanged;
}

function choosePort(): number {
  const taken = new Set(
    readListeningSockets().flatMap(({address, port}) =>
      address === '0.0.0.0' || address === '::' ? [port] : [],
    ),
  );
  if (!taken.has(dnsPort)) return dnsPort;
  let port = otherPort;
  while (taken.has(port)) port += 1;
  return port;
}
