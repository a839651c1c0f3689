// Containers without an engine: bridges, namespaces and crundle's tables on the engine of NetworkHosts, made by the
// modules of src/network themselves, so that a test of the firewall needs no image and no state.
import {execFileSync, spawnSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {type Cidr, parseCidr} from '../../src/addresses/cidr.ts';
import {type IpAddress, parseIpAddress} from '../../src/addresses/ip-address.ts';
import {Firewall} from '../../src/network/firewall/firewall.ts';
import type {FirewallNetwork, FirewallState} from '../../src/network/firewall/ruleset.ts';
import {ensureBridge, removeBridge} from '../../src/network/links/bridge-links.ts';
import {setUpLinks} from '../../src/network/links/container-links.ts';
import {ensureDetour, removeDetour} from '../../src/network/links/detour-links.ts';
import {namespacePath, removeNamespace} from '../../src/network/links/network-namespace.ts';
import type {PublishedTarget} from '../../src/network/ports/publish-map.ts';
import type {NetworkHosts} from './network-hosts.ts';
import type {NetworkPlace} from './network-place.ts';
import {testHost} from './test-host.ts';

/** Networks 1, 2, 3 …: bridge `crt1`, 172.31.1.0/24 and fd00:1::/64. Containers `1.2`: 172.31.1.2 and fd00:1::2. */
export class FirewalledContainers implements AsyncDisposable {
  readonly firewall = new Firewall(testHost.runRoot);
  readonly #hosts: NetworkHosts;
  readonly #networks = new Map<number, FirewallNetwork>();
  readonly #containers = new Set<string>();
  #ports: PublishedTarget[] = [];

  constructor(hosts: NetworkHosts) {
    this.#hosts = hosts;
    for (const name of ['ipv4/ip_forward', 'ipv6/conf/all/forwarding'])
      writeFileSync(`/proc/sys/net/${name}`, '1');
  }

  async addNetwork(number: number, options: Partial<FirewallNetwork> = {}): Promise<void> {
    const network = {
      bridge: `crt${number}`,
      subnets: [cidr(`172.31.${number}.0/24`), cidr(`fd00:${number}::/64`)],
      internal: false,
      masquerade: true,
      icc: true,
      names: false,
      gateway4: address(`172.31.${number}.1`),
      gateway6: address(`fd00:${number}::1`),
      ...options,
    };
    this.#networks.set(number, network);
    const addresses = [`172.31.${number}.1/24`, `fd00:${number}::1/64`];
    await ensureBridge({name: network.bridge, network: `n${number}`, addresses, mtu: 1500, ipv6: true});
  }

  /** Writes the tables. The ports are those of earlier calls of `publish`. */
  async apply(options: Partial<FirewallState> = {}): Promise<void> {
    await ensureDetour();
    await this.firewall.rebuild(this.state(options));
  }

  state(options: Partial<FirewallState> = {}): FirewallState {
    const networks = [...this.#networks.values()];
    return {
      networks,
      ports: this.#ports,
      policy: 'host',
      dropForeignForward: {ipv4: false, ipv6: false},
      ...options,
    };
  }

  async addContainer(network: number, host: number): Promise<NetworkPlace> {
    const name = `${network}.${host}`;
    const id = idOf(name);
    const {icc = true, internal = false} = this.#networks.get(network) ?? {};
    await setUpLinks({id, name}, [
      {
        position: 0,
        on: {kind: 'bridge', bridge: `crt${network}`, isolated: !icc},
        mac: `02:42:00:00:0${network}:0${host}`,
        mtu: 1500,
        addresses: [`172.31.${network}.${host}/24`, `fd00:${network}::${host}/64`],
        gateways: internal ? [] : [`172.31.${network}.1`, `fd00:${network}::1`],
      },
    ]);
    this.#containers.add(id);
    return this.#hosts.place(name, namespacePath(id));
  }

  async publish(...targets: PublishedTarget[]): Promise<void> {
    this.#ports = [...this.#ports, ...targets];
    await this.firewall.publish(targets, []);
  }

  async unpublish(...targets: PublishedTarget[]): Promise<void> {
    this.#ports = this.#ports.filter((port) => !targets.includes(port));
    await this.firewall.publish([], targets);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of this.#containers) removeNamespace(id);
    await this.firewall.remove();
    await removeDetour();
    for (const {bridge} of this.#networks.values()) await removeBridge(bridge);
    for (const name of ['ipv4/ip_forward', 'ipv6/conf/all/forwarding'])
      writeFileSync(`/proc/sys/net/${name}`, '0');
  }
}

const idOf = (name: string) => Buffer.from(name).toString('hex').padEnd(64, '0');

export function address(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
}

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(`not a network: ${text}`);
  return parsed;
}

/** `8080 -> 1.2:80`, on every address of both families unless `hostIp` says where. */
export function published(
  protocol: PublishedTarget['protocol'],
  hostPort: number,
  container: string,
  targetPort: number,
  hostIp?: string,
): PublishedTarget[] {
  const [network, host] = container.split('.');
  const targets = {4: `172.31.${network}.${host}`, 6: `fd00:${network}::${host}`} as const;
  const families = hostIp === undefined ? ([4, 6] as const) : ([hostIp.includes(':') ? 6 : 4] as const);
  return families.map((family) => ({
    protocol,
    hostIp: address(hostIp ?? (family === 4 ? '0.0.0.0' : '::')),
    hostPort,
    targetIp: address(targets[family]),
    targetPort,
  }));
}

/** The host's own rules: replaces what an earlier call has set, in nft's syntax inside a table `inet host`. */
export function setHostRules(rules: string): void {
  const script = `add table inet host\ndelete table inet host\ntable inet host {\n${rules}\n}\n`;
  execFileSync('nft', ['-f', '-'], {input: script, stdio: ['pipe', 'pipe', 'pipe']});
}

export function clearHostRules(): void {
  spawnSync('nft', ['delete', 'table', 'inet', 'host']);
}
