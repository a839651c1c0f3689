// Finds the init program of --init on this host. It runs inside images that may hold nothing else, so that only
// statically linked ones are of use.
import {existsSync} from 'node:fs';

/** Of Debian's packages tini, catatonit, podman and docker.io. */
const candidates = [
  '/usr/bin/tini-static',
  '/usr/bin/catatonit',
  '/usr/libexec/podman/catatonit',
  '/usr/bin/docker-init',
];

/** Path of a static init that takes `-- COMMAND`, or undefined when none is installed: `apt install tini`. */
export function findInitProgram(): string | undefined {
  return candidates.find((path) => existsSync(path));
}
