// Passes the signals that this process gets on to a container.

import {constants} from 'node:os';

// SIGCHLD and SIGPIPE are this process's own affair, SIGURG belongs to runtimes, WINCH goes as a resize; the kernel
// lets nobody catch KILL and STOP, and faults are not for passing on.
const kept = new Set(
  [
    'CHLD',
    'PIPE',
    'URG',
    'WINCH',
    'KILL',
    'STOP',
    'SEGV',
    'BUS',
    'FPE',
    'ILL',
    'TRAP',
    'ABRT',
    'IOT',
    'SYS',
    'PROF',
  ].map((name) => `SIG${name}`),
);

/** Calls `send` with the name of each signal that comes. The result stops that. */
export function proxySignals(send: (name: string) => void): () => void {
  const names = (Object.keys(constants.signals) as NodeJS.Signals[]).filter((name) => !kept.has(name));
  for (const name of names) process.on(name, send);
  return () => {
    for (const name of names) process.off(name, send);
  };
}
