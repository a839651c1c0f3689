// What the engine tells of: events in Docker's words (`docker events`, `GET /events`), one closed union. Values only; who
// listens is the engine's business. The journal (engine/journal.ts) is one listener, the event log (engine/events.ts) another.
import {type EngineError, isEngineError} from './errors.ts';

/**
 * Docker's actions, but for two of crundle's own: `heal`, something found broken was mended, and `refuse`, an object could
 * not be pulled, created or started.
 */
export type EngineEvent = {
  readonly actor: EventActor;
  readonly time: Date;
  /** What comes with every run of a container, or changes nothing: `events` shows it, the journal leaves it out. */
  readonly routine?: boolean;
} & (
  | {readonly type: 'container'; readonly action: ContainerAction}
  | {readonly type: 'image'; readonly action: ImageAction}
  | {readonly type: 'network'; readonly action: NetworkAction}
  | {readonly type: 'volume'; readonly action: VolumeAction}
);

export type ContainerAction =
  | 'create'
  | 'start'
  | 'kill'
  | 'oom'
  | 'die'
  | 'stop'
  | 'restart'
  | 'pause'
  | 'unpause'
  | 'rename'
  | 'update'
  | 'destroy'
  | `health_status: ${'healthy' | 'unhealthy'}`
  | 'prune'
  | 'attach'
  | 'detach'
  | 'resize'
  | 'top'
  | `exec_create: ${string}`
  | `exec_start: ${string}`
  | 'exec_die'
  | 'commit'
  | 'export'
  | 'archive-path'
  | 'extract-to-dir'
  | 'heal'
  | 'refuse';

export type ImageAction =
  | 'pull'
  | 'push'
  | 'import'
  | 'load'
  | 'save'
  | 'tag'
  | 'untag'
  | 'delete'
  | 'prune'
  | 'refuse';

export type NetworkAction = 'create' | 'connect' | 'disconnect' | 'destroy' | 'prune' | 'heal';

export type VolumeAction = 'create' | 'mount' | 'unmount' | 'destroy' | 'prune';

export interface EventActor {
  /**
   * Of a container or a network its 64 digits, of an image its name or digest, of a volume its name; empty for what was
   * never made, and of a prune.
   */
  readonly id: string;
  /**
   * As Docker has them: an object's labels, and over those `name`, `image`, `exitCode`, `execDuration` (seconds), `signal`
   * (its number), `container`, `type`, `driver`, `execID`, `reclaimed` (bytes). crundle's own: `reason` of a healing, and what refusalOf gives. Never a credential or
   * the environment of a container.
   */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Hears of each event, as soon as it has happened. */
export type EventListener = (event: EngineEvent) => void;

/**
 * The attributes of a refusal: `task` (create, start, pull, push), and of the error its `code`, its message as `reason` and its
 * `hint`. Undefined for what is no refusal: a person's own ctrl-C, a bug.
 */
export function refusalOf(task: string, error: unknown): Record<string, string> | undefined {
  if (!isEngineError(error) || error.code === 'cancelled') return undefined;
  const {code, message: reason, hint}: EngineError = error;
  return {task, code, reason, ...(hint !== undefined && {hint})};
}

/** One listener that passes each event on. A listener that throws is a bug of its own, and must not undo what was done. */
export function tellAll(listeners: readonly EventListener[]): EventListener {
  return (event) => {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  };
}

/** An event of now. `attributes` come to the driver. */
export function volumeEvent(
  action: VolumeAction,
  name: string,
  attributes: Record<string, string> = {},
): EngineEvent {
  const routine = action === 'mount' || action === 'unmount';
  return {
    type: 'volume',
    action,
    actor: {id: name, attributes: {driver: 'local', ...attributes}},
    time: new Date(),
    ...(routine && {routine}),
  };
}

/** What a prune gave back, after the events of what it removed. */
export function pruneEvent(type: EngineEvent['type'], bytes: number): EngineEvent {
  return {
    type,
    action: 'prune',
    actor: {id: '', attributes: {reclaimed: String(bytes)}},
    time: new Date(),
    routine: true,
  };
}
