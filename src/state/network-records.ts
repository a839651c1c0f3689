// One row a network. `creating` and `removing` are intents: found without a holder of the networks' lock, they tell
// what a killed command left to undo. The bridge itself is asked of the kernel, never trusted from here.
import {type Cidr, familyOfCidr} from '../addresses/cidr.ts';
import type {AddressFamily, IpAddress} from '../addresses/ip-address.ts';
import {EngineError} from '../errors.ts';
import type {StateDatabase} from './database.ts';
import {isUniqueViolation} from './sqlite-failure.ts';

export type NetworkDriver = 'bridge' | 'macvlan' | 'host' | 'none';

/** creating -> ready -> removing -> (no row) */
export type NetworkStatus = 'creating' | 'ready' | 'removing';

export interface Subnet {
  subnet: Cidr;
  /** The bridge's own address. Absent: a macvlan or internal network without one. */
  gateway?: IpAddress;
  /** Addresses are chosen in here. Absent: in the whole subnet. */
  ipRange?: Cidr;
  /** Names to addresses that are never given to a container. */
  auxAddresses: Record<string, IpAddress>;
}

/** A network has at most one of each family. */
export function subnetOfFamily(subnets: readonly Subnet[], family: AddressFamily): Subnet | undefined {
  return subnets.find(({subnet}) => familyOfCidr(subnet) === family);
}

export interface NetworkRecord {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly status: NetworkStatus;
  readonly driver: NetworkDriver;
  /** `crundle0` for the default network, `cr-` and 12 digits of the id for others; empty for `host` and `none`. */
  readonly bridge: string;
  /** Of a macvlan network: the host's interface it sits on. */
  readonly parent: string | undefined;
  /** At most one of each family, IPv4 first. */
  readonly subnets: readonly Subnet[];
  readonly internal: boolean;
  readonly attachable: boolean;
  /** `--opt`, Docker's keys: com.docker.network.bridge.name, .enable_icc, .enable_ip_masquerade, .host_binding_ipv4, com.docker.network.driver.mtu, parent, macvlan_mode … */
  readonly options: Record<string, string>;
  readonly labels: Record<string, string>;
}

export function networkNameInUse(name: string, cause?: unknown): EngineError {
  return new EngineError('network-name-in-use', `network with name ${name} already exists`, {
    hint: `'crundle network inspect ${name}' shows it; choose another name, or remove it first`,
    ...(cause !== undefined && {cause}),
  });
}

export class NetworkRecords {
  readonly #state: StateDatabase;

  constructor(state: StateDatabase) {
    this.#state = state;
  }

  /** Adds a row, in the status it has. Durable. Throws EngineError 'network-name-in-use'. */
  insert(network: NetworkRecord): void {
    try {
      this.#state.transaction(() => this.#insert(network), {durable: true});
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      throw networkNameInUse(network.name, error);
    }
  }

  #insert(network: NetworkRecord): void {
    this.#state
      .prepare(
        `INSERT INTO networks (id, name, created_at, status, driver, bridge, parent, subnets, internal, attachable,
           options, labels) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        network.id,
        network.name,
        network.createdAt.toISOString(),
        network.status,
        network.driver,
        network.bridge,
        network.parent ?? null,
        JSON.stringify(network.subnets),
        Number(network.internal),
        Number(network.attachable),
        JSON.stringify(network.options),
        JSON.stringify(network.labels),
      );
  }

  /** Does nothing when the row is gone. */
  move(id: string, status: NetworkStatus): void {
    this.#state.transaction(
      () => this.#state.prepare('UPDATE networks SET status = ? WHERE id = ?').run(status, id),
      {durable: true},
    );
  }

  /**
   * Moves a network to 'removing' unless a container holds an address of it; then it returns false. In one transaction,
   * so that no container can join meanwhile. Durable.
   */
  beginRemoval(id: string): boolean {
    const {changes} = this.#state.transaction(
      () =>
        this.#state
          .prepare(
            `UPDATE networks SET status = 'removing' WHERE id = ?1
               AND NOT EXISTS (SELECT 1 FROM endpoints WHERE network_id = ?1 AND active = 1)`,
          )
          .run(id),
      {durable: true},
    );
    return changes > 0;
  }

  /** Gives a network that no container uses another bridge and other subnets. Durable. */
  update({id, bridge, subnets}: Pick<NetworkRecord, 'id' | 'bridge' | 'subnets'>): void {
    this.#state.transaction(
      () =>
        this.#state
          .prepare('UPDATE networks SET bridge = ?, subnets = ? WHERE id = ?')
          .run(bridge, JSON.stringify(subnets), id),
      {durable: true},
    );
  }

  /** Idempotent. */
  delete(id: string): void {
    this.#state.transaction(() => this.#state.prepare('DELETE FROM networks WHERE id = ?').run(id));
  }

  get(id: string): NetworkRecord | undefined {
    const row = this.#state.prepare('SELECT * FROM networks WHERE id = ?').get(id);
    return row && decode(row);
  }

  findByName(name: string): NetworkRecord | undefined {
    const row = this.#state.prepare('SELECT * FROM networks WHERE name = ?').get(name);
    return row && decode(row);
  }

  /** Networks whose id begins with `prefix` (lower-case hexadecimal digits), at most two: enough to see ambiguity. */
  findByIdPrefix(prefix: string): NetworkRecord[] {
    if (!/^[0-9a-f]{1,64}$/.test(prefix)) return [];
    const rows = this.#state.prepare("SELECT * FROM networks WHERE id GLOB ? || '*' LIMIT 2").all(prefix);
    return rows.map(decode);
  }

  /** All networks, or those in one of these statuses; oldest first. */
  list(...statuses: NetworkStatus[]): NetworkRecord[] {
    const where = statuses.length === 0 ? '' : `WHERE status IN (${statuses.map(() => '?').join(', ')})`;
    const rows = this.#state
      .prepare(`SELECT * FROM networks ${where} ORDER BY created_at, rowid`)
      .all(...statuses);
    return rows.map(decode);
  }
}

// Only this module writes these columns, in the same shape.
function decode(row: Record<string, unknown>): NetworkRecord {
  return {
    id: String(row.id),
    name: String(row.name),
    createdAt: new Date(String(row.created_at)),
    status: row.status as NetworkStatus,
    driver: row.driver as NetworkDriver,
    bridge: String(row.bridge),
    parent: row.parent === null ? undefined : String(row.parent),
    subnets: JSON.parse(String(row.subnets)) as Subnet[],
    internal: row.internal === 1,
    attachable: row.attachable === 1,
    options: JSON.parse(String(row.options)) as Record<string, string>,
    labels: JSON.parse(String(row.labels)) as Record<string, string>,
  };
}
