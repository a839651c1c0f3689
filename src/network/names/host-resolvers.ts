// What a container's /etc/resolv.conf says, by the networks it is on.
import type {ContainerOptions} from '../../../bundles/container-options.ts';
import {resolvConfFile} from '../../../bundles/etc-files.ts';
import type {Config} from '../../config/config.ts';
import type {NetworkRecord} from '../../state/network-records.ts';
import {readOptionalFile} from '../../system/optional-file.ts';
import {hasNames} from '../network-options.ts';

const hostFile = '/etc/resolv.conf';
// systemd-resolved: the servers that it asks itself, where the host's file names 127.0.0.53.
const upstreamFile = '/run/systemd/resolve/resolv.conf';

type DnsConfig = Pick<Config, 'dns' | 'dnsSearch' | 'dnsOptions'>;

/**
 * The host's resolvers are asked by the container itself on the default network, and by the name service, on the
 * gateway, on others. A container that is on no network takes the host's file.
 */
export function containerResolvConf(
  config: DnsConfig,
  {dns: own}: Pick<ContainerOptions, 'dns'>,
  networks: readonly NetworkRecord[],
): string {
  const dns = own?.servers.length ? own.servers : config.dns;
  const dnsSearch = own?.search.length ? own.search : config.dnsSearch;
  const dnsOptions = own?.options.length ? own.options : config.dnsOptions;
  const asked = {servers: dns, search: dnsSearch, options: dnsOptions};
  const host = readOptionalFile(hostFile) ?? '';
  if (networks.length === 0) return resolvConfFile(host, asked);
  const named = networks.filter((network) => usesNameService(network, {dns}));
  if (named.length === 0) return resolvConfFile(withoutLoopback(reachableFile(host)), asked);
  const servers = named.flatMap(({subnets}) => subnets.flatMap(({gateway}) => gateway ?? [])).slice(0, 3);
  // As under Docker: a name without a dot is asked for as it stands before a search domain is tried.
  const options = dnsOptions.length > 0 ? dnsOptions : [...hostOptions(host), 'ndots:0'];
  return resolvConfFile(host, {servers, search: dnsSearch, options});
}

/**
 * Containers of this network ask the name service: on every bridge that a person made, and on the default one where the
 * host's only resolvers are on its loopback, which no container reaches.
 */
export function usesNameService(network: NetworkRecord, {dns}: Pick<Config, 'dns'>): boolean {
  if (network.driver !== 'bridge' || network.subnets.every(({gateway}) => gateway === undefined))
    return false;
  if (hasNames(network)) return true;
  return (
    dns.length === 0 && nameservers(reachableFile(readOptionalFile(hostFile) ?? '')).every(isLoopbackServer)
  );
}

function reachableFile(host: string): string {
  return nameservers(host).every(isLoopbackServer) ? (readOptionalFile(upstreamFile) ?? host) : host;
}

function withoutLoopback(text: string): string {
  return text
    .split('\n')
    .filter((line) => !nameservers(line).some(isLoopbackServer))
    .join('\n');
}

function nameservers(text: string): string[] {
  return [...text.matchAll(/^nameserver\s+(\S+)/gm)].map(([, address = '']) => address);
}

function isLoopbackServer(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

function hostOptions(text: string): string[] {
  const options = [...text.matchAll(/^options\s+(.+)$/gm)].flatMap(([, words = '']) => words.split(/\s+/));
  return options.filter((word) => word !== '' && !word.startsWith('ndots:'));
}
