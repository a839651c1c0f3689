// From the ports that containers hold on the host to where in the containers they lead.
import {exposedPorts} from '../../../bundles/exposed-ports.ts';
import type {PortMapping} from '../../../bundles/network-options.ts';
import {familyOf, type IpAddress} from '../../addresses/ip-address.ts';
import {EngineError} from '../../errors.ts';
import type {ContainerRecord} from '../../state/container-record.ts';
import type {PublishedPortRecord} from '../../state/published-port-records.ts';
import {type Attachment, activeAttachments, gatewayAttachment} from '../attachments.ts';
import type {NetworkContext} from '../network-context.ts';
import {optionKeys} from '../network-options.ts';
import {everyAddress, leasePorts} from './port-lease.ts';
import type {PublishedTarget} from './publish-map.ts';

/** Leases what `-p` and `-P` ask for. See leasePorts. A container without a way out publishes nothing, as under Docker. */
export function leaseContainerPorts(
  context: NetworkContext,
  container: ContainerRecord,
  attachments: readonly Attachment[],
): PublishedPortRecord[] {
  const mappings = wantedPorts(container);
  const way4 = wayIn(attachments, 4);
  const ways = {ipv4: way4 !== undefined, ipv6: wayIn(attachments, 6) !== undefined};
  const binding = way4?.network.options[optionKeys.hostBinding] as IpAddress | undefined;
  const preferred = binding ?? context.config.defaultHostIp;
  const bound = ways.ipv4 ? [preferred] : [];
  const defaultHostIps = preferred === '0.0.0.0' ? everyAddress(ways) : bound;
  if (defaultHostIps.length > 0) for (const {hostIp} of mappings) checkFamily(container, hostIp, ways);
  return leasePorts(context, {
    containerId: container.id,
    mappings: defaultHostIps.length > 0 ? mappings : [],
    defaultHostIps,
  });
}

// The kernel translates within a family; Docker's proxy process, which does more, is not there.
function checkFamily(
  {name}: ContainerRecord,
  hostIp: IpAddress | undefined,
  ways: {ipv4: boolean; ipv6: boolean},
): void {
  if (hostIp === undefined || ways[familyOf(hostIp) === 4 ? 'ipv4' : 'ipv6']) return;
  const family = familyOf(hostIp) === 4 ? 'IPv4' : 'IPv6';
  throw new EngineError(
    'address-unavailable',
    `cannot publish on ${hostIp}: container ${name} has no ${family} address on a network that leads out`,
    {
      hint: `put it on a network that has one: 'crundle network create${family === 'IPv6' ? ' --ipv6' : ''} NAME'`,
      exit: 125,
    },
  );
}

/** `-p`, and with `-P` a random port for every exposed one that has none. Pure. */
function wantedPorts({options, imageConfig}: ContainerRecord): PortMapping[] {
  if (!options.publishAll) return options.ports;
  const unmapped = exposedPorts(options, imageConfig).filter(
    ({port, protocol}) =>
      !options.ports.some((mapping) => mapping.containerPort === port && mapping.protocol === protocol),
  );
  return [...options.ports, ...unmapped.map(({port, protocol}) => ({containerPort: port, protocol}))];
}

/** Where the ports of one container lead. Ports of a family that it has no address of lead nowhere and are left out. */
export function targetsOf(
  ports: readonly PublishedPortRecord[],
  attachments: readonly Attachment[],
): PublishedTarget[] {
  return ports.flatMap(({protocol, hostIp, hostPort, containerPort}) => {
    const family = familyOf(hostIp);
    const targetIp = wayIn(attachments, family)?.endpoint[family === 4 ? 'ipv4' : 'ipv6'];
    return targetIp === undefined ? [] : [{protocol, hostIp, hostPort, targetIp, targetPort: containerPort}];
  });
}

// Ports are translated on bridges alone: a macvlan container is on the outer network itself.
function wayIn(attachments: readonly Attachment[], family: 4 | 6): Attachment | undefined {
  const bridged = attachments.filter(({network}) => network.driver === 'bridge');
  return gatewayAttachment(bridged, family === 4 ? 'ipv4' : 'ipv6');
}

/** Every published port of every container that holds its addresses. */
export function allTargets(context: NetworkContext): PublishedTarget[] {
  const byContainer = Map.groupBy(context.ports.list(), ({containerId}) => containerId);
  return [...byContainer].flatMap(([id, ports]) => targetsOf(ports, activeAttachments(context, id)));
}
