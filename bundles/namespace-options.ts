// Which namespaces a container shares with the host or with another container, as values. Plain data, stored with the
// container as JSON. Absent: it has its own. The network is in network-options.ts.

/** `none` has no /dev/shm; `shareable` is the container's own, and others may join it. */
export type IpcChoice = {kind: 'none' | 'private' | 'shareable' | 'host'} | SharedWithContainer;

export type PidChoice = {kind: 'host'} | SharedWithContainer;

export interface SharedWithContainer {
  kind: 'container';
  /** A name, or the id once the container is made. */
  container: string;
}

/** Docker's text of a choice, as `inspect` shows it. */
export function namespaceMode(choice: IpcChoice | PidChoice): string {
  return choice.kind === 'container' ? `container:${choice.container}` : choice.kind;
}
