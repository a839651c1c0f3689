// The listener that keeps events for `crundle events`, and the form they are kept in.
import type {EngineEvent, EventListener} from '../events.ts';
import type {EventLog} from '../state/event-log.ts';

/** An event as it is read again. Words that this crundle does not know are those of a newer one. */
export interface RecordedEvent {
  readonly type: string;
  readonly action: string;
  readonly actor: EngineEvent['actor'];
  /** Nanoseconds since 1970. In the order of writing within one process. */
  readonly timeNano: bigint;
}

/** Keeps what it hears. One that cannot be kept is dropped: no command fails because of it. */
export function keepEvents(log: EventLog): EventListener {
  const clock = new FineClock();
  let last = 0n;
  return ({type, action, actor: {id, attributes}, time}) => {
    const now = clock.nanoseconds(time);
    last = now > last ? now : last + 1n;
    log.append(JSON.stringify({timeNano: String(last), type, action, id, attributes}));
  };
}

// A Date has milliseconds. This process's own clock has the digits below, once it is known when it began: the latest of what
// each Date says, which is up to a millisecond too early.
class FineClock {
  #began = Number.NEGATIVE_INFINITY;

  nanoseconds(time: Date): bigint {
    const ms = time.getTime();
    const sinceBegan = performance.now();
    this.#began = Math.max(this.#began, ms - sinceBegan);
    const fraction = Math.min(this.#began + sinceBegan - ms, 0.999999);
    return BigInt(ms) * 1_000_000n + BigInt(Math.floor(fraction * 1e6));
  }
}

/** Undefined for what is no event, such as half a one. */
export function parseEvent(text: string): RecordedEvent | undefined {
  try {
    const {timeNano, type, action, id, attributes} = JSON.parse(text);
    if (typeof type !== 'string' || typeof action !== 'string' || typeof id !== 'string') return undefined;
    return {type, action, actor: {id, attributes: {...attributes}}, timeNano: BigInt(timeNano)};
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}
