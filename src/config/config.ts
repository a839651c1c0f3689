// The engine's configuration: defaults, over them the file, over it the environment. Read once a command; without
// a file it costs one failed open. What keys there are is the table's business (keys.ts).
import {readFileSync} from 'node:fs';
import {isAbsolute} from 'node:path';
import type {Cidr} from '../addresses/cidr.ts';
import type {IpAddress} from '../addresses/ip-address.ts';
import {EngineError, errnoOf} from '../errors.ts';
import {unknownName, ValueError} from './config-values.ts';
import type {DefaultUlimit} from './default-ulimits.ts';
import {unsupportedDockerKeys} from './docker-keys.ts';
import {type JsonNode, JsonSyntaxError, parseJsonDocument, positionOf} from './json-document.ts';
import {configKeys} from './keys.ts';
import type {AddressPool, BridgeAddress} from './network-values.ts';

export interface Config {
  /** Absolute, without a final slash. */
  dataRoot: string;
  /** Absolute, without a final slash. The file calls it `exec-root`, as Docker does. */
  runRoot: string;
  /** `host`, `host:port`, `[IPv6]:port` or a network in CIDR notation. Loopback is not listed and always insecure. */
  insecureRegistries: string[];
  /** http or https URLs without a final slash, in the order to ask. For docker.io only. */
  registryMirrors: string[];
  maxConcurrentDownloads: number;
  maxConcurrentUploads: number;
  maxDownloadAttempts: number;
  /** IP addresses. Empty: the host's name servers. */
  dns: string[];
  /** Empty: the host's search domains; `['.']`: none. */
  dnsSearch: string[];
  /** Words for the options line of resolv.conf. Empty: the host's. */
  dnsOptions: string[];
  logDriver: 'json-file' | 'k8s-file' | 'journald' | 'none';
  /** Rotation: a log file is at most `maxSizeBytes`, and `maxFile` of them are kept, the current one included. */
  logOpts: {maxSizeBytes: number; maxFile: number};
  /** In the file's order, each name once. */
  defaultUlimits: DefaultUlimit[];
  /** Size of /dev/shm. */
  shmSizeBytes: number;
  init: boolean;
  noNewPrivileges: boolean;
  /** `builtin`, `unconfined`, or the absolute path of a profile in Docker's form, which nobody has looked at yet. */
  seccompProfile: string;
  /** Seconds between a container's stop signal and SIGKILL, where neither it nor the command says otherwise. */
  shutdownTimeoutSeconds: number;
  /** An absolute cgroup path without a final slash, or the name of a systemd slice. */
  cgroupParent: string | undefined;
  /** The default network's bridge, or `none`: containers have no network unless they ask for one. */
  bridge: string;
  /** The default network's address and subnet. Unset: chosen from the pools. */
  bip: BridgeAddress | undefined;
  /** The part of the default network's subnet that containers get addresses from. */
  fixedCidr: Cidr | undefined;
  /** The default network's IPv6 subnet. */
  fixedCidrV6: Cidr | undefined;
  /** The default network has IPv6. */
  ipv6: boolean;
  /** Where subnets of new networks are taken from, in this order. Empty: Docker's pools. */
  addressPools: AddressPool[];
  /** Containers of the default network see each other. */
  icc: boolean;
  /** What leaves the default network takes the host's address. */
  ipMasq: boolean;
  /** Turn the host's forwarding on when a network needs it. */
  ipForward: boolean;
  /** MTU of containers' links. Unset: the uplink's. */
  mtu: number | undefined;
  /** Where `-p` publishes when it names no address; 0.0.0.0 is all of the host's, IPv6 too. */
  defaultHostIp: IpAddress;
  publishPolicy: 'host' | 'open';
  durability: Durability;
}

/** `full`: what a pull brings is on disk when it ends. `fast`: the kernel writes it in the half minute after. */
export type Durability = 'full' | 'fast';

export const defaultConfigPath = '/etc/crundle/config.json';

/**
 * Reads the configuration. CRUNDLE_CONFIG names another file; one that does not exist counts as empty, so that a
 * test host can name a place without writing to it. CRUNDLE_DATA_ROOT and CRUNDLE_RUN_ROOT go over the file; an
 * empty variable counts as unset. Throws EngineError 'invalid-config' naming file, line, column and key.
 */
export function loadConfig({env = process.env}: {env?: NodeJS.ProcessEnv} = {}): Config {
  const path = env.CRUNDLE_CONFIG || defaultConfigPath;
  const text = readIfThere(path);
  const config = text === undefined ? defaults() : parseConfig(text, path);
  config.dataRoot = rootFrom(env, 'CRUNDLE_DATA_ROOT') ?? config.dataRoot;
  config.runRoot = rootFrom(env, 'CRUNDLE_RUN_ROOT') ?? config.runRoot;
  return config;
}

/** The configuration that a file's text asks for. `path` is for messages only. Throws as loadConfig does. */
export function parseConfig(text: string, path: string): Config {
  const config = defaults();
  try {
    if (text.trim() !== '') apply(parseJsonDocument(text), config);
    return config;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError || error instanceof ValueError)) throw error;
    const {line, column} = positionOf(text, error.offset);
    throw new EngineError('invalid-config', `${path}:${line}:${column}: ${error.message}`);
  }
}

function defaults(): Config {
  const fallbacks = Object.entries(configKeys).map(([field, key]) => [field, structuredClone(key.fallback)]);
  return Object.fromEntries(fallbacks) as Config;
}

function apply(document: JsonNode, config: Config): void {
  if (document.kind !== 'object') {
    throw new JsonSyntaxError('the file must hold an object: {"key": value, …}', document.offset);
  }
  for (const member of document.members) {
    const field = fieldNamed(member.name);
    if (field !== undefined) assign(config, field, member.value);
    else if (unsupportedDockerKeys.has(member.name)) {
      const reason = unsupportedDockerKeys.get(member.name);
      throw new ValueError(
        member.name,
        `is a key of Docker's that crundle does not honour: ${reason}`,
        member.offset,
      );
    } else
      throw unknownName(
        member,
        '',
        Object.values(configKeys).map((key) => key.name),
      );
  }
}

function assign<Field extends keyof Config>(config: Config, field: Field, value: JsonNode): void {
  config[field] = configKeys[field].read(value, configKeys[field].name);
}

function fieldNamed(name: string): keyof Config | undefined {
  const fields = Object.keys(configKeys) as (keyof Config)[];
  return fields.find((field) => configKeys[field].name === name);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    const reason = errno === 'EISDIR' ? 'it is a folder' : (error as Error).message;
    throw new EngineError('invalid-config', `cannot read the configuration ${path}: ${reason}`, {
      cause: error,
    });
  }
}

function rootFrom(env: NodeJS.ProcessEnv, variable: string): string | undefined {
  const value = env[variable];
  if (!value) return undefined;
  if (isAbsolute(value)) return value === '/' ? value : value.replace(/\/+$/, '');
  throw new EngineError('invalid-config', `${variable} must be an absolute path, not "${value}"`);
}
