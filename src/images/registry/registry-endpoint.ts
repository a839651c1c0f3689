// Where a registry is reached: from the name in a reference to base URLs, and which of them may go without TLS. Pure.
import {BlockList, isIP} from 'node:net';
import {EngineError} from '../../errors.ts';
import {defaultRegistry} from '../reference.ts';
import type {CredentialSource} from './credentials.ts';

export interface RegistryOptions {
  /** 'host', 'host:port' or 'a.b.c.d/n': plain HTTP and unverified certificates are allowed there. */
  insecureRegistries: readonly string[];
  /** Base URLs asked before Docker Hub. */
  mirrors: readonly string[];
  credentials: CredentialSource;
  /** Waits and retries; tests shorten them. */
  timing?: Partial<RegistryTiming>;
}

export interface RegistryTiming {
  connectTimeoutMs: number;
  /** Until the head of an answer is there. */
  answerTimeoutMs: number;
  /** Without a single byte of a body. */
  stallTimeoutMs: number;
  /** The first wait before another try; each next one is twice as long. */
  retryDelayMs: number;
  /** A server that asks for a longer wait than this is taken as failed. */
  maxRetryAfterMs: number;
  /** Tries after the first without any progress between them. */
  maxRetries: number;
  /** No request is tried again when its first try began longer ago. */
  retryWindowMs: number;
}

export const defaultTiming: RegistryTiming = {
  connectTimeoutMs: 15_000,
  answerTimeoutMs: 30_000,
  stallTimeoutMs: 60_000,
  retryDelayMs: 500,
  maxRetryAfterMs: 30_000,
  maxRetries: 5,
  retryWindowMs: 60_000,
};

export interface RegistryEndpoint {
  /** What messages and credentials call it: 'docker.io', 'localhost:5000', or a mirror's host. */
  name: string;
  /** Without a final slash. The first that answers is the one. */
  baseUrls: string[];
  /** Plain HTTP and unverified certificates are allowed. */
  isInsecure: boolean;
}

/** The endpoints to ask for images of a registry, in order. Throws EngineError 'invalid-config' for a bad mirror. */
export function endpointsOf(
  registry: string,
  options: Pick<RegistryOptions, 'insecureRegistries' | 'mirrors'>,
): RegistryEndpoint[] {
  if (registry !== defaultRegistry) return [endpointOf(registry, options.insecureRegistries)];
  const mirrors = options.mirrors.map((mirror) => mirrorEndpoint(mirror, options.insecureRegistries));
  return [...mirrors, {name: registry, baseUrls: ['https://registry-1.docker.io'], isInsecure: false}];
}

function endpointOf(registry: string, insecureRegistries: readonly string[]): RegistryEndpoint {
  const https = `https://${registry}`;
  const http = `http://${registry}`;
  if (!isInsecureHost(registry, insecureRegistries)) {
    return {name: registry, baseUrls: [https], isInsecure: false};
  }
  // On loopback nothing is lost by asking without TLS first, and nearly every registry there has none.
  const baseUrls = isLoopback(registry) ? [http, https] : [https, http];
  return {name: registry, baseUrls, isInsecure: true};
}

function mirrorEndpoint(mirror: string, insecureRegistries: readonly string[]): RegistryEndpoint {
  const url = URL.parse(mirror.includes('://') ? mirror : `https://${mirror}`);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new EngineError('invalid-config', `registry mirror '${mirror}' is not an http or https URL`);
  }
  const path = url.pathname.replace(/\/+$/, '');
  return {
    name: url.host,
    baseUrls: [`${url.origin}${path}`],
    // A mirror that was configured as http:// was meant to be.
    isInsecure: url.protocol === 'http:' || isInsecureHost(url.host, insecureRegistries),
  };
}

/** True for loopback and for what the configuration lists. `host` may have a port. */
export function isInsecureHost(host: string, insecureRegistries: readonly string[]): boolean {
  if (isLoopback(host)) return true;
  const name = hostnameOf(host);
  return insecureRegistries.some((entry) => {
    const [address, prefix] = entry.split('/', 2);
    if (address === undefined || prefix === undefined) return entry === host || entry === name;
    const family = isIP(name);
    if (family === 0 || isIP(address) !== family) return false;
    if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 4 ? 32 : 128)) return false;
    const block = new BlockList();
    block.addSubnet(address, Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
    return block.check(name, family === 4 ? 'ipv4' : 'ipv6');
  });
}

function isLoopback(host: string): boolean {
  const name = hostnameOf(host);
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

// '[::1]:5000' -> '::1', 'host:5000' -> 'host'
function hostnameOf(host: string): string {
  return /^\[(.+)\](:\d+)?$/.exec(host)?.[1] ?? host.replace(/:\d+$/, '');
}
