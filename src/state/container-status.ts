// The statuses of a container, and the ways between them.
//
//   creating ──> created ──> starting ──> running ──> exited ──────> starting …
//                               └────────────┴──> restarting ──> starting …, exited
//      └──────────┴─────────────┴────────────┴──────────┴──> removing ──> (no row)

/**
 * `creating`, `starting` and `removing` are intents: the command that wrote one holds the container's lock until
 * it has written the next status. Found without a holder, they tell what a killed command left to undo. `restarting`
 * is one too: it has ended and is to be started at `restartAt`, by a process that waits for that or, when that was
 * killed, by whoever finds it overdue.
 */
export type ContainerStatus =
  | 'creating'
  | 'created'
  | 'starting'
  | 'running'
  | 'restarting'
  | 'exited'
  | 'removing';

/** Where a container may go from each status. */
export const transitions: Record<ContainerStatus, readonly ContainerStatus[]> = {
  creating: ['created', 'removing'],
  created: ['starting', 'removing'],
  starting: ['running', 'created', 'exited', 'restarting', 'removing'],
  running: ['exited', 'restarting', 'removing'],
  restarting: ['starting', 'exited', 'removing'],
  exited: ['starting', 'removing'],
  removing: [],
};
