// A container's /etc/hosts: its own names, and those of --add-host.
import {type HostsEntry, hostsFile} from '../../bundles/etc-files.ts';
import type {ExtraHost} from '../../bundles/options/extra-host.ts';
import {EngineError} from '../errors.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {readOptionalFile} from '../system/optional-file.ts';
import type {ContainerContext, ContainerNetworking} from './container-context.ts';

/** The text. Throws EngineError 'invalid-option' for `host-gateway` without a network that leads to the host. */
export function containerHostsFile(
  context: ContainerContext,
  {id, options}: ContainerRecord,
  {hostname, networking}: {hostname: string; networking: ContainerNetworking},
): string {
  const {network, domainname, extraHosts = []} = options;
  const extra = extraHosts.flatMap((host) =>
    host.address === 'host-gateway'
      ? hostAddresses(context, id, network.kind).map((address) => entry({...host, address}))
      : [entry(host)],
  );
  if (network.kind === 'host') return withLines(readOptionalFile('/etc/hosts') ?? '', extra);
  return hostsFile({
    hostname,
    ...(domainname !== undefined && {domainname}),
    addresses: networking.addresses,
    extra,
  });
}

function entry({name, address}: ExtraHost): HostsEntry {
  return {address, names: [name]};
}

function withLines(text: string, extra: readonly HostsEntry[]): string {
  const end = text === '' || text.endsWith('\n') ? '' : '\n';
  return text + end + extra.map(({address, names}) => `${address}\t${names.join(' ')}\n`).join('');
}

// The gateways of the container's networks are the host's own addresses on them.
function hostAddresses(context: ContainerContext, id: string, kind: string): string[] {
  if (kind === 'host') return ['127.0.0.1'];
  const endpoints = context.network.facts(id).endpoints;
  const of = (family: 'ipv4' | 'ipv6') =>
    endpoints.flatMap((endpoint) => endpoint[family]?.gateway ?? []).slice(0, 1);
  const addresses = [...of('ipv4'), ...of('ipv6')];
  if (addresses.length > 0) return addresses;
  throw new EngineError('invalid-option', 'unable to derive the IP value for host-gateway', {
    hint: 'the container has no network that leads to the host: give the address itself, or a bridge network',
    exit: 125,
  });
}
