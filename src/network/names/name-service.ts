// Names for containers: brings aardvark-dns in line with the records. One process for the host, there while a container
// is on a network with names.
import {existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Config} from '../../config/config.ts';
import {lockFile} from '../../system/file-lock.ts';
import {readOptionalFile} from '../../system/optional-file.ts';
import {isRehearsal} from '../../system/rehearsal.ts';
import {type ListeningSocket, readListeningSockets} from '../ports/listening-sockets.ts';
import {Aardvark, type AardvarkNetwork, networkFile, networkFileName} from './aardvark.ts';

/**
 * ```
 * <run-root>/aardvark/networks/ID   one file a network, and aardvark.pid
 * <run-root>/aardvark/port          the port it listens on
 * <run-root>/aardvark/redirected    there while the tables may lead to another port than 53
 * <run-root>/aardvark/resolvers     the resolvers that it has last read
 * <run-root>/aardvark/unread        there while what it has read is not what the files say
 * ```
 */
const folderOf = (runRoot: string) => join(runRoot, 'aardvark');
const aardvarkOf = (folder: string) => new Aardvark(join(folder, 'networks'));

const dnsPort = 53;
/** Where it listens, or one of those above, when another program has 53. */
const otherPort = 10053;
const listenTimeoutMs = 500;

export interface NameSources {
  /** Asked for under the lock, so that of two commands the later one writes the later state. */
  networks(): readonly AardvarkNetwork[];
  /** Writes the tables so that they lead to `redirectedDnsPort`. Takes the networks' lock, under that of the names. */
  redirect(): Promise<void>;
}

/**
 * Writes what differs, and starts, wakes or ends the service. Idempotent; what a killed command leaves is finished by the
 * next call. Throws what Aardvark.start throws.
 */
export async function syncNameService(
  config: Pick<Config, 'runRoot' | 'dns'>,
  {networks, redirect}: NameSources,
): Promise<void> {
  const folder = folderOf(config.runRoot);
  mkdirSync(join(folder, 'networks'), {recursive: true, mode: 0o700});
  using _lock = await lockFile(join(folder, 'lock'), 'exclusive');
  const aardvark = aardvarkOf(folder);
  const wanted = networks();
  const isNew = writeFiles(folder, wanted);
  writeResolvers(folder, config);
  if (wanted.length === 0) {
    await aardvark.stop();
    for (const name of ['port', 'unread']) rmSync(join(folder, name), {force: true});
    return;
  }
  const gateways = wanted.flatMap((network) => network.gateways);
  if (aardvark.running()) {
    if (existsSync(join(folder, 'unread'))) aardvark.reload();
    if (isNew && !(await listens(aardvark, gateways, portOf(folder)))) await aardvark.stop();
  }
  if (!aardvark.running()) {
    await start(folder, gateways, redirect);
    if (!(await listens(aardvark, gateways, portOf(folder)))) {
      await aardvark.stop();
      await start(folder, gateways, redirect);
    }
  }
  rmSync(join(folder, 'unread'), {force: true});
}

// The tables come first: a command that is killed in between leaves no service, and the next one begins again.
async function start(
  folder: string,
  gateways: readonly string[],
  redirect: () => Promise<void>,
): Promise<void> {
  const port = choosePort(gateways);
  writeFileSync(join(folder, 'port'), String(port));
  const mark = join(folder, 'redirected');
  if (port !== dnsPort) writeFileSync(mark, '');
  if (existsSync(mark)) await redirect();
  if (port === dnsPort) rmSync(mark, {force: true});
  await aardvarkOf(folder).start(port);
}

/** The inodes of the sockets that the service listens on. */
export function nameServiceSockets(runRoot: string): Set<string> {
  return aardvarkOf(folderOf(runRoot)).sockets();
}

/** The port of the service when it is not 53: the firewall leads containers there. */
export function redirectedDnsPort(runRoot: string): number | undefined {
  const port = portOf(folderOf(runRoot));
  return port === dnsPort ? undefined : port;
}

/** True while the service answers on the network's gateways. */
export function isServed(runRoot: string, network: Pick<AardvarkNetwork, 'id' | 'internal'>): boolean {
  return existsSync(join(folderOf(runRoot), 'networks', networkFileName(network)));
}

/**
 * False when the service has died, when a killed command has not told it of all, or when the resolvers are not those that
 * it has read. Costs a few files.
 */
export function nameServiceIsWell(config: Pick<Config, 'runRoot' | 'dns'>): boolean {
  const folder = folderOf(config.runRoot);
  if (existsSync(join(folder, 'unread'))) return false;
  if (readOptionalFile(join(folder, 'port')) === undefined) return true;
  const isRunning = aardvarkOf(folder).running() !== undefined;
  return isRunning && readOptionalFile(join(folder, 'resolvers')) === resolvers(config);
}

function portOf(folder: string): number {
  return Number(readOptionalFile(join(folder, 'port')) ?? dnsPort);
}

function resolvers({dns}: Pick<Config, 'dns'>): string {
  if (dns.length > 0) return dns.map((server) => `nameserver ${server}\n`).join('');
  return readOptionalFile('/etc/resolv.conf') ?? '';
}

function writeResolvers(folder: string, config: Pick<Config, 'dns'>): void {
  const path = join(folder, 'resolvers');
  const text = resolvers(config);
  if (readOptionalFile(path) !== text) replaceFile(folder, path, text);
}

/** True when there is a network among them that was not there before. */
function writeFiles(folder: string, networks: readonly AardvarkNetwork[]): boolean {
  const wanted = new Map(networks.map((network) => [networkFileName(network), networkFile(network)]));
  const present = readdirSync(join(folder, 'networks')).filter((name) => name !== 'aardvark.pid');
  for (const name of present) {
    if (wanted.has(name)) continue;
    writeFileSync(join(folder, 'unread'), '');
    rmSync(join(folder, 'networks', name), {force: true});
  }
  for (const [name, text] of wanted) {
    const path = join(folder, 'networks', name);
    if (readOptionalFile(path) !== text) replaceFile(folder, path, text);
  }
  return [...wanted.keys()].some((name) => !present.includes(name));
}

// Written beside the networks' folder, because aardvark takes every file in that for a network.
function replaceFile(folder: string, path: string, text: string): void {
  writeFileSync(join(folder, 'unread'), '');
  writeFileSync(join(folder, 'scratch'), text, {mode: 0o600});
  renameSync(join(folder, 'scratch'), path);
}

/**
 * Waits until the service listens on all of these. False when another program has one of them: BIND takes port 53 of every
 * address that comes up.
 */
async function listens(aardvark: Aardvark, gateways: readonly string[], port: number): Promise<boolean> {
  if (isRehearsal()) return true;
  const deadline = performance.now() + listenTimeoutMs;
  for (;;) {
    const own = aardvark.sockets();
    const sockets = socketsAt(gateways, port);
    const served = new Set(sockets.filter(({inode}) => own.has(inode)).map(({address}) => String(address)));
    if (gateways.every((gateway) => served.has(gateway))) return true;
    if (performance.now() > deadline) return sockets.every(({inode}) => own.has(inode));
    await sleep(5);
  }
}

function choosePort(gateways: readonly string[]): number {
  let port = dnsPort;
  while (socketsAt(gateways, port).length > 0) port = port === dnsPort ? otherPort : port + 1;
  return port;
}

/** Sockets that answer on one of these addresses. */
function socketsAt(addresses: readonly string[], wanted: number): ListeningSocket[] {
  return readListeningSockets().filter(
    ({protocol, address, port}) =>
      protocol !== 'sctp' && port === wanted && ['0.0.0.0', '::', ...addresses].includes(address),
  );
}
