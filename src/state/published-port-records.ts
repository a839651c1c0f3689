// One row a port of the host that leads to a container, held from before the container starts until it has ended.
import type {TransportProtocol} from '../../bundles/network-options.ts';
import type {IpAddress} from '../addresses/ip-address.ts';
import type {StateDatabase} from './database.ts';

export interface PublishedPortRecord {
  readonly containerId: string;
  readonly protocol: TransportProtocol;
  /** `0.0.0.0` or `::` for every address of that family. */
  readonly hostIp: IpAddress;
  readonly hostPort: number;
  readonly containerPort: number;
}

export class PublishedPortRecords {
  readonly #state: StateDatabase;

  constructor(state: StateDatabase) {
    this.#state = state;
  }

  /** Only inside a transaction that has seen that the port is free. */
  insert(port: PublishedPortRecord): void {
    this.#state
      .prepare(
        `INSERT INTO published_ports (container_id, protocol, host_ip, host_port, container_port)
           VALUES (?, ?, ?, ?, ?)`,
      )
      .run(port.containerId, port.protocol, port.hostIp, port.hostPort, port.containerPort);
  }

  /** Idempotent; writes only when there is something to remove. */
  removeContainer(containerId: string): void {
    if (this.ofContainer(containerId).length === 0) return;
    this.#state.transaction(() =>
      this.#state.prepare('DELETE FROM published_ports WHERE container_id = ?').run(containerId),
    );
  }

  /** By container port, then IPv4 before IPv6. */
  ofContainer(containerId: string): PublishedPortRecord[] {
    const rows = this.#state
      .prepare(
        `SELECT * FROM published_ports WHERE container_id = ?
           ORDER BY container_port, protocol, instr(host_ip, ':'), host_ip, host_port`,
      )
      .all(containerId);
    return rows.map(decode);
  }

  /** Whoever holds the port, on whatever address. */
  onPort(protocol: TransportProtocol, hostPort: number): PublishedPortRecord[] {
    return this.#state
      .prepare('SELECT * FROM published_ports WHERE protocol = ? AND host_port = ?')
      .all(protocol, hostPort)
      .map(decode);
  }

  list(): PublishedPortRecord[] {
    return this.#state.prepare('SELECT * FROM published_ports').all().map(decode);
  }
}

// Only this module writes these columns, in the same shape.
function decode(row: Record<string, unknown>): PublishedPortRecord {
  return {
    containerId: String(row.container_id),
    protocol: row.protocol as TransportProtocol,
    hostIp: String(row.host_ip) as IpAddress,
    hostPort: Number(row.host_port),
    containerPort: Number(row.container_port),
  };
}
