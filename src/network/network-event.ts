// The events of networks, made from their records.
import type {EngineEvent, NetworkAction} from '../events.ts';
import type {NetworkRecord} from '../state/network-records.ts';

/** An event of now. `attributes` come to the labels, the name and the driver. */
export function networkEvent(
  action: NetworkAction,
  {id, name, driver, labels}: Pick<NetworkRecord, 'id' | 'name' | 'driver' | 'labels'>,
  attributes: Record<string, string> = {},
): EngineEvent {
  return {
    type: 'network',
    action,
    // Docker's word: the driver of `none` is called null.
    actor: {id, attributes: {...labels, name, type: driver === 'none' ? 'null' : driver, ...attributes}},
    time: new Date(),
  };
}
