// A state file of its own with all that leases need: what the engine would hand to them.
import {mkdtempSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {loadConfig} from '../../src/config/config.ts';
import {ContainerRecords} from '../../src/state/container-records.ts';
import {StateDatabase} from '../../src/state/database.ts';
import {EndpointRecords, type NewEndpoint} from '../../src/state/endpoint-records.ts';
import {NetworkRecords} from '../../src/state/network-records.ts';
import {PublishedPortRecords} from '../../src/state/published-port-records.ts';
import {newContainer} from './container-record.ts';
import {newEndpoint} from './network-record.ts';
import {testHost} from './test-host.ts';

export class LeaseState implements Disposable {
  readonly config = loadConfig();
  readonly folder = mkdtempSync(join(testHost.tmp, 'leases-'));
  readonly path = join(this.folder, 'crundle.db');
  readonly state = new StateDatabase(this.path);
  readonly containers = new ContainerRecords(this.state);
  readonly networks = new NetworkRecords(this.state);
  readonly endpoints = new EndpointRecords(this.state);
  readonly ports = new PublishedPortRecords(this.state);

  /** A container whose id begins with `id`, and its endpoint on the network when one is named. Returns the whole id. */
  addContainer(id: string, networkId?: string, wanted: NewEndpoint['wanted'] = {}): string {
    const container = newContainer(id);
    this.containers.insert(container);
    if (networkId !== undefined) this.endpoints.insert([newEndpoint(container.id, networkId, {wanted})]);
    return container.id;
  }

  [Symbol.dispose](): void {
    this.state.close();
    rmSync(this.folder, {recursive: true});
  }
}
