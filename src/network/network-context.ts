// What the modules of this folder need of the engine, as plain values.
import type {Config} from '../config/config.ts';
import type {EventListener} from '../events.ts';
import type {ContainerRecords} from '../state/container-records.ts';
import type {StateDatabase} from '../state/database.ts';
import type {EndpointRecords} from '../state/endpoint-records.ts';
import type {NetworkRecords} from '../state/network-records.ts';
import type {PublishedPortRecords} from '../state/published-port-records.ts';
import type {Firewall} from './firewall/firewall.ts';

export interface NetworkContext {
  readonly config: Config;
  readonly state: StateDatabase;
  readonly containers: ContainerRecords;
  readonly networks: NetworkRecords;
  readonly endpoints: EndpointRecords;
  readonly ports: PublishedPortRecords;
  readonly firewall: Firewall;
  /** Called after an event's record is written. Never throws. */
  readonly tell: EventListener;
}
