// One row a container and network: what was asked for, and, while the container has a network namespace, the addresses
// that it holds.
import type {IpAddress} from '../addresses/ip-address.ts';
import type {MacAddress} from '../addresses/mac-address.ts';
import type {StateDatabase} from './database.ts';

export interface EndpointRecord {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly containerId: string;
  readonly networkId: string;
  /** The container's interface is `eth` and this number. */
  readonly position: number;
  readonly aliases: readonly string[];
  /** What the person asked for; kept over stops. */
  readonly wanted: {ipv4?: IpAddress; ipv6?: IpAddress; mac?: MacAddress};
  readonly linkLocal: readonly IpAddress[];
  readonly driverOptions: Record<string, string>;
  readonly gatewayPriority: number;
  /** True while the addresses below are held: from before the container starts until it has ended. */
  readonly active: boolean;
  /** Held while active. Afterwards the last ones, which a next start gets again when they are still free. */
  readonly ipv4: IpAddress | undefined;
  readonly ipv6: IpAddress | undefined;
  readonly mac: MacAddress | undefined;
}

export type NewEndpoint = Omit<EndpointRecord, 'active' | 'ipv4' | 'ipv6' | 'mac'>;

/** What an endpoint holds while it is active. */
export interface Lease {
  ipv4: IpAddress | undefined;
  ipv6: IpAddress | undefined;
  mac: MacAddress;
}

export class EndpointRecords {
  readonly #state: StateDatabase;

  constructor(state: StateDatabase) {
    this.#state = state;
  }

  /** Adds rows, inactive. Throws what SQLite throws when the container is on one of the networks already. */
  insert(endpoints: readonly NewEndpoint[]): void {
    if (endpoints.length === 0) return;
    this.#state.transaction(() => {
      for (const endpoint of endpoints) this.#insert(endpoint);
    });
  }

  #insert(endpoint: NewEndpoint): void {
    this.#state
      .prepare(
        `INSERT INTO endpoints (id, container_id, network_id, position, aliases, wanted, link_local, driver_options,
           gateway_priority) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        endpoint.id,
        endpoint.containerId,
        endpoint.networkId,
        endpoint.position,
        JSON.stringify(endpoint.aliases),
        JSON.stringify(endpoint.wanted),
        JSON.stringify(endpoint.linkLocal),
        JSON.stringify(endpoint.driverOptions),
        endpoint.gatewayPriority,
      );
  }

  /** Idempotent. */
  remove(containerId: string, networkId: string): void {
    this.#state.transaction(() =>
      this.#state
        .prepare('DELETE FROM endpoints WHERE container_id = ? AND network_id = ?')
        .run(containerId, networkId),
    );
  }

  /** Idempotent; writes only when there is something to remove. */
  removeContainer(containerId: string): void {
    if (this.ofContainer(containerId).length === 0) return;
    this.#state.transaction(() =>
      this.#state.prepare('DELETE FROM endpoints WHERE container_id = ?').run(containerId),
    );
  }

  /** Marks the endpoint active with this lease. Only inside a transaction that has chosen it. */
  activate(id: string, {ipv4, ipv6, mac}: Lease): void {
    this.#state
      .prepare('UPDATE endpoints SET active = 1, ipv4 = ?, ipv6 = ?, mac = ? WHERE id = ?')
      .run(ipv4 ?? null, ipv6 ?? null, mac, id);
  }

  /** The addresses stay in the row, as what the container is given again if it can be. Idempotent. */
  deactivate(containerId: string): void {
    if (!this.ofContainer(containerId).some(({active}) => active)) return;
    this.#state.transaction(() =>
      this.#state.prepare('UPDATE endpoints SET active = 0 WHERE container_id = ?').run(containerId),
    );
  }

  /** By position. */
  ofContainer(containerId: string): EndpointRecord[] {
    const rows = this.#state
      .prepare('SELECT * FROM endpoints WHERE container_id = ? ORDER BY position')
      .all(containerId);
    return rows.map(decode);
  }

  ofNetwork(networkId: string): EndpointRecord[] {
    return this.#state.prepare('SELECT * FROM endpoints WHERE network_id = ?').all(networkId).map(decode);
  }

  /** All, by position. */
  list(): EndpointRecord[] {
    return this.#state.prepare('SELECT * FROM endpoints ORDER BY position').all().map(decode);
  }

  /** The containers that hold addresses now. */
  holders(): string[] {
    const rows = this.#state.prepare('SELECT DISTINCT container_id FROM endpoints WHERE active = 1').all();
    return rows.map((row) => String(row.container_id));
  }

  listActive(): EndpointRecord[] {
    return this.#state.prepare('SELECT * FROM endpoints WHERE active = 1').all().map(decode);
  }

  /** The addresses of a family that are held on a network. */
  held(networkId: string, family: 'ipv4' | 'ipv6'): Set<IpAddress> {
    const rows = this.#state
      .prepare(
        `SELECT ${family} AS address FROM endpoints WHERE network_id = ? AND active = 1 AND ${family} IS NOT NULL`,
      )
      .all(networkId);
    return new Set(rows.map(({address}) => String(address) as IpAddress));
  }
}

// Only this module writes these columns, in the same shape.
function decode(row: Record<string, unknown>): EndpointRecord {
  return {
    id: String(row.id),
    containerId: String(row.container_id),
    networkId: String(row.network_id),
    position: Number(row.position),
    aliases: JSON.parse(String(row.aliases)) as string[],
    wanted: JSON.parse(String(row.wanted)) as EndpointRecord['wanted'],
    linkLocal: JSON.parse(String(row.link_local)) as IpAddress[],
    driverOptions: JSON.parse(String(row.driver_options)) as Record<string, string>,
    gatewayPriority: Number(row.gateway_priority),
    active: row.active === 1,
    ipv4: (row.ipv4 ?? undefined) as IpAddress | undefined,
    ipv6: (row.ipv6 ?? undefined) as IpAddress | undefined,
    mac: (row.mac ?? undefined) as MacAddress | undefined,
  };
}
