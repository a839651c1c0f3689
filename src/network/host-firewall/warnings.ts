// What the host's own rules keep from containers: said when a network is made or a container starts, because under ufw's
// defaults nothing of a container leaves the host. Reads, and changes nothing.
import {type AddressFamily, familyOf, type IpAddress} from '../../addresses/ip-address.ts';
import {detourIn} from '../names/detour-names.ts';
import type {PublishedTarget} from '../ports/publish-map.ts';
import {openingCommand} from './decision-view.ts';
import {isRefusal, judge, walkHook} from './evaluate.ts';
import {readHostRuleset} from './host-ruleset.ts';
import type {Packet} from './packet.ts';
import type {Chain, HostRuleset} from './rule.ts';

/** A network as the host's rules see it. */
export interface WatchedNetwork {
  name: string;
  bridge: string;
  /** Of each family that the network has. */
  gateways: readonly IpAddress[];
  internal: boolean;
  /** The name service listens on the gateways. */
  names: boolean;
  /** Published ports that lead into it. */
  ports: readonly PublishedTarget[];
}

export interface FirewallWarning {
  /** What is refused and by what; lower case, no period. */
  message: string;
  /** What lets it through. */
  command: string;
}

/** Costs one `nft`, and with iptables' tables one more program a family. Throws EngineError 'program-missing'. */
export async function hostFirewallWarnings(
  networks: readonly WatchedNetwork[],
  policy: 'host' | 'open',
): Promise<FirewallWarning[]> {
  return findWarnings(await readHostRuleset(), networks, policy);
}

/** Only what is refused to all; what depends on a source or a rate is a person's own intent. Pure. */
export function findWarnings(
  ruleset: HostRuleset,
  networks: readonly WatchedNetwork[],
  policy: 'host' | 'open',
): FirewallWarning[] {
  const warnings = networks.flatMap((network) => [
    ...outgoing(ruleset, network),
    ...incoming(ruleset, network, policy),
    ...nameQueries(ruleset, network),
  ]);
  return [...new Map(warnings.map((warning) => [warning.command, warning])).values()];
}

function outgoing(
  ruleset: HostRuleset,
  {name, bridge, gateways, internal}: WatchedNetwork,
): FirewallWarning[] {
  if (internal) return [];
  return gateways.flatMap((gateway) => {
    const packet: Packet = {...base(familyOf(gateway)), hook: 'forward', inInterface: bridge, port: 443};
    return warn(ruleset, packet, `drops what containers on network ${name} send out`);
  });
}

function incoming(
  ruleset: HostRuleset,
  {name, bridge, ports}: WatchedNetwork,
  policy: 'host' | 'open',
): FirewallWarning[] {
  return ports.flatMap(({protocol, targetIp, targetPort, hostPort}) => {
    const packet: Packet = {
      ...base(familyOf(targetIp)),
      hook: 'forward',
      protocol,
      port: targetPort,
      destination: targetIp,
      translated: true,
      ...(policy === 'host' && {inInterface: detourIn}),
      outInterface: bridge,
    };
    return warn(
      ruleset,
      packet,
      `drops what comes for published port ${hostPort}/${protocol} on network ${name}`,
    );
  });
}

function nameQueries(
  ruleset: HostRuleset,
  {name, bridge, gateways, names}: WatchedNetwork,
): FirewallWarning[] {
  if (!names) return [];
  return gateways.flatMap((gateway) => {
    const packet: Packet = {
      ...base(familyOf(gateway)),
      hook: 'input',
      protocol: 'udp',
      port: 53,
      inInterface: bridge,
      destination: gateway,
    };
    return warn(ruleset, packet, `drops the name queries of containers on network ${name}`);
  });
}

function base(family: AddressFamily): Pick<Packet, 'family' | 'protocol' | 'translated'> {
  return {family, protocol: 'tcp', translated: false};
}

function warn(ruleset: HostRuleset, packet: Packet, what: string): FirewallWarning[] {
  const results = walkHook(ruleset, packet);
  if (judge(results) !== 'refused') return [];
  const refusal = results.at(-1)?.decisions.findLast(({outcome}) => isRefusal(outcome));
  if (!refusal) return [];
  return [
    {
      message: `the host's firewall ${what}: ${placeText(refusal.chain, refusal.rule?.text)}`,
      command: openingCommand(ruleset, packet, refusal.chain),
    },
  ];
}

function placeText({family, table, name}: Chain, rule: string | undefined): string {
  const place = `table ${family} ${table}, chain ${name}`;
  return rule === undefined ? `policy drop of ${place}` : `'${rule}' in ${place}`;
}
