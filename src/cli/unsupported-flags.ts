// Docker's flags of run and create that crundle cannot honour yet, each with what to do or when it comes. A closed
// table: none is accepted and ignored. A flag that gets built leaves this table.

const health = 'health checks are not built yet';
const namespaces = 'containers have their own namespaces; sharing them is not built yet';
const windows = 'this flag exists on Windows only';

export const unsupportedContainerFlags: Record<string, string> = {
  'add-host': 'extra lines of /etc/hosts are not built yet; mount a file with -v FILE:/etc/hosts',
  annotation: 'annotations are not built yet; labels (-l) are',
  attach: 'a container in the foreground shows all its output; -i also gives it input',
  'cpu-count': windows,
  'cpu-percent': windows,
  'disable-content-trust': 'crundle has no content trust to disable; every digest is verified',
  dns: 'set "dns" in the configuration file for all containers',
  'dns-option': 'set "dns-opts" in the configuration file for all containers',
  'dns-search': 'set "dns-search" in the configuration file for all containers',
  domainname: 'use --hostname with the full name',
  gpus: 'GPUs are not built yet; --privileged gives all devices',
  'group-add': 'name the group in --user USER:GROUP',
  'health-cmd': health,
  'health-interval': health,
  'health-retries': health,
  'health-start-interval': health,
  'health-start-period': health,
  'health-timeout': health,
  'io-maxbandwidth': windows,
  'io-maxiops': windows,
  ipc: namespaces,
  isolation: windows,
  'kernel-memory': 'the kernel no longer has this limit; use -m',
  'label-file': 'give each label with -l',
  link: 'containers on a network of your own find each other by name: crundle network create',
  'log-driver': 'there is one log driver; crundle logs reads it',
  'log-opt': 'set "log-opts" in the configuration file for all containers',
  'no-healthcheck': health,
  pid: namespaces,
  runtime: 'crun is the one runtime',
  sysctl: 'kernel parameters of a container are not built yet',
  'use-api-socket': 'there is no API socket yet',
  userns: namespaces,
  uts: namespaces,
};

/** Docker's short names of these flags. */
export const unsupportedContainerChars: Record<string, string> = {
  a: 'attach',
};
