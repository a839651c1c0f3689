// The scopes of the processes that are there because a container is: systemd ends none of them with the command that made it.
import type {Scope} from '../system/systemd.ts';

const descriptions = {
  conmon: 'conmon of container',
  exec: 'conmon of a process in container',
  restart: 'back-off of container',
};

let scopes = process.pid;

/** A scope that nothing has had: that of a container's last run may be there still. */
export function containerScope(kind: keyof typeof descriptions, id: string): Scope {
  const short = id.slice(0, 12);
  return {
    name: `${kind}-${short}-${Date.now().toString(36)}${(++scopes).toString(36)}`,
    description: `${descriptions[kind]} ${short}`,
  };
}
