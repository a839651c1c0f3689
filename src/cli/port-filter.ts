// `ps -f publish=`, a port of the host, and `expose=`, one of the container: PORT[/PROTOCOL] or FIRST-LAST[/PROTOCOL]. As
// under Docker, a container that does not run has neither.

import type {ContainerPort} from '../engine.ts';
import {UsageError} from './usage-error.ts';

/** A question to one port of a container. Throws UsageError. */
export function portFilter(key: 'publish' | 'expose', value: string): (port: ContainerPort) => boolean {
  const [range = '', wanted = 'tcp'] = value.split('/', 2);
  const [, first = '', last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
  if (first === '' || Number(last) < Number(first) || Number(last) > 65_535) {
    throw new UsageError(`error while looking up for ${key} ${value}: it is no port`, {
      exit: 1,
      hint: 'such as 80, 53/udp or 8000-8080/tcp',
    });
  }
  return ({protocol, hostPort, containerPort}) => {
    const port = key === 'publish' ? hostPort : containerPort;
    return (
      protocol === wanted.toLowerCase() && port !== undefined && port >= Number(first) && port <= Number(last)
    );
  };
}
