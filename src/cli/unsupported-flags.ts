// Docker's flags of run and create that crundle cannot honour yet, each with what to do or when it comes. A closed
// table: none is accepted and ignored. A flag that gets built leaves this table.

const windows = 'this flag exists on Windows only';

export const unsupportedContainerFlags: Record<string, string> = {
  'cpu-count': windows,
  'cpu-percent': windows,
  'io-maxbandwidth': windows,
  'io-maxiops': windows,
  'kernel-memory': 'the kernel no longer has this limit; use -m',
  link: 'containers on a network of your own find each other by name: crundle network create',
  'use-api-socket': 'there is no API socket yet',
};

/** Docker's short names of these flags. */
export const unsupportedContainerChars: Record<string, string> = {};
