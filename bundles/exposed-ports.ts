// Which ports a container serves, as far as it says so: what -P publishes, and what `ps` shows unpublished.
import type {ImageRuntimeConfig} from '../src/oci/image-spec.ts';
import type {ContainerOptions} from './container-options.ts';
import type {ExposedPort, TransportProtocol} from './network-options.ts';

/** The image's EXPOSE, --expose and what -p names. Each once, by number and protocol. */
export function exposedPorts(
  {exposed, ports}: Pick<ContainerOptions, 'exposed' | 'ports'>,
  image: ImageRuntimeConfig,
): ExposedPort[] {
  const named = [
    ...Object.keys(image.ExposedPorts ?? {}).flatMap(readExposed),
    ...exposed,
    ...ports.map(({containerPort, protocol}) => ({port: containerPort, protocol})),
  ];
  const distinct = new Map(named.map((each) => [portName(each.port, each.protocol), each]));
  return [...distinct.values()].sort((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1));
}

// `80` or `80/udp`, as an image's configuration has it. What does not read so exposes nothing.
function readExposed(text: string): ExposedPort[] {
  const [, port, protocol = 'tcp'] = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/i.exec(text) ?? [];
  return port === undefined
    ? []
    : [{port: Number(port), protocol: protocol.toLowerCase() as TransportProtocol}];
}

/** `80/tcp`, as Docker names a port. */
export function portName(port: number, protocol: TransportProtocol): string {
  return `${port}/${protocol}`;
}
