// node test/support/lease-process.ts STATE-FILE CONTAINER-ID: what one `run` among many does to the state, in a process
// of its own: leases the container's addresses, and a port of the host.
import {loadConfig} from '../../src/config/config.ts';
import {leasePorts} from '../../src/network/ports/port-lease.ts';
import {leaseAddresses} from '../../src/network/subnets/address-lease.ts';
import {ContainerRecords} from '../../src/state/container-records.ts';
import {StateDatabase} from '../../src/state/database.ts';
import {EndpointRecords} from '../../src/state/endpoint-records.ts';
import {NetworkRecords} from '../../src/state/network-records.ts';
import {PublishedPortRecords} from '../../src/state/published-port-records.ts';
import {ip} from './network-record.ts';

const [path = '', containerId = ''] = process.argv.slice(2);
using state = new StateDatabase(path);
const context = {
  config: loadConfig(),
  state,
  containers: new ContainerRecords(state),
  networks: new NetworkRecords(state),
  endpoints: new EndpointRecords(state),
  ports: new PublishedPortRecords(state),
};
leaseAddresses(context, containerId);
leasePorts(context, {
  containerId,
  mappings: [{containerPort: 80, protocol: 'tcp', hostPorts: {first: 20000, last: 20099}}],
  defaultHostIps: [ip('0.0.0.0'), ip('::')],
});
