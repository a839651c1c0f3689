// Docker's flags of run and create that crundle cannot honour yet, each with what to do or when it comes. A closed
// table: none is accepted and ignored. A flag that gets built leaves this table.

const health = 'health checks are not built yet';
const windows = 'this flag exists on Windows only';

export const unsupportedContainerFlags: Record<string, string> = {
  attach: 'a container in the foreground shows all its output; -i also gives it input',
  'cpu-count': windows,
  'cpu-percent': windows,
  'disable-content-trust': 'crundle has no content trust to disable; every digest is verified',
  gpus: 'GPUs are not built yet; --privileged gives all devices',
  'health-cmd': health,
  'health-interval': health,
  'health-retries': health,
  'health-start-interval': health,
  'health-start-period': health,
  'health-timeout': health,
  'io-maxbandwidth': windows,
  'io-maxiops': windows,
  isolation: windows,
  'kernel-memory': 'the kernel no longer has this limit; use -m',
  link: 'containers on a network of your own find each other by name: crundle network create',
  'log-driver': 'there is one log driver; crundle logs reads it',
  'log-opt': 'set "log-opts" in the configuration file for all containers',
  'no-healthcheck': health,
  runtime: 'crun is the one runtime',
  'use-api-socket': 'there is no API socket yet',
};

/** Docker's short names of these flags. */
export const unsupportedContainerChars: Record<string, string> = {
  a: 'attach',
};
