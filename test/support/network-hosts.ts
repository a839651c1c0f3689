// Three hosts in a row: client - engine - upstream. `engine` is the test host that the test file runs on (see
// test/run.ts), the others are further network namespaces of it, with processes through nsenter.
//
//   client eth0 198.51.100.2/24 --- lan0 198.51.100.1 engine 203.0.113.1 eth0 --- eth0 203.0.113.2/24 upstream
//               2001:db8:c::2/64         2001:db8:c::1        2001:db8:e::1            2001:db8:e::2/64
//
// The engine's default route is the upstream; the other two send what they do not know to the engine. So a container's
// own address can be reached from both unless the engine forbids it, and comes back from the upstream also without NAT.
// The engine's rp_filter is 1, the strictest, and its forwarding is off until crundle turns it on.
import {execFileSync, spawnSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {ownLinks} from './host-leaks.ts';
import {NetworkPlace} from './network-place.ts';

export interface HostAddresses {
  ipv4: string;
  ipv6: string;
}

export class NetworkHost extends NetworkPlace implements HostAddresses {
  readonly ipv4: string;
  readonly ipv6: string;

  constructor(name: string, addresses: HostAddresses, path?: string) {
    super(name, path);
    this.ipv4 = addresses.ipv4;
    this.ipv6 = addresses.ipv6;
  }
}

const engineLinks = {client: 'lan0', upstream: 'eth0'} as const;

export class NetworkHosts implements AsyncDisposable {
  readonly client = new NetworkHost(
    'client',
    {ipv4: '198.51.100.2', ipv6: '2001:db8:c::2'},
    '/run/netns/client',
  );
  readonly upstream = new NetworkHost(
    'upstream',
    {ipv4: '203.0.113.2', ipv6: '2001:db8:e::2'},
    '/run/netns/upstream',
  );
  /** The test host itself. Its addresses here are those that the client sees. */
  readonly engine = new NetworkHost('engine', {ipv4: '198.51.100.1', ipv6: '2001:db8:c::1'});
  /** The engine's addresses as the upstream sees them. */
  readonly engineUpstream: HostAddresses = {ipv4: '203.0.113.1', ipv6: '2001:db8:e::1'};
  /** The engine's interfaces. */
  readonly links = engineLinks;
  readonly #places: NetworkPlace[] = [this.client, this.upstream, this.engine];
  readonly #onExit = () => removeNamespaces();

  private constructor() {}

  /** Makes hosts and links. One at a time on a test host; closing removes everything, also after a failure. */
  static async start(): Promise<NetworkHosts> {
    const hosts = new NetworkHosts();
    process.once('exit', hosts.#onExit);
    for (const link of Object.values(engineLinks)) ownLinks.add(link);
    writeFileSync('/proc/sys/net/ipv4/conf/all/rp_filter', '1');
    writeFileSync('/proc/sys/net/ipv4/conf/default/rp_filter', '1');
    ipBatch([
      'netns add client',
      'netns add upstream',
      'link add lan0 type veth peer name eth0 netns client',
      'link add eth0 type veth peer name eth0 netns upstream',
      ...upWith('lan0', '198.51.100.1/24', '2001:db8:c::1/64'),
      ...upWith('eth0', '203.0.113.1/24', '2001:db8:e::1/64'),
    ]);
    ipBatch(
      [
        ...upWith('eth0', '198.51.100.2/24', '2001:db8:c::2/64'),
        ...defaultVia('198.51.100.1', '2001:db8:c::1'),
      ],
      'client',
    );
    ipBatch(
      [
        ...upWith('eth0', '203.0.113.2/24', '2001:db8:e::2/64'),
        ...defaultVia('203.0.113.1', '2001:db8:e::1'),
      ],
      'upstream',
    );
    ipBatch(defaultVia('203.0.113.2', '2001:db8:e::2'));
    return hosts;
  }

  /** A further namespace to listen and connect in, such as a container's. Its agent ends with the hosts. */
  place(name: string, path: string): NetworkPlace {
    const place = new NetworkPlace(name, path);
    this.#places.push(place);
    return place;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#places.map((place) => place[Symbol.asyncDispose]()));
    removeNamespaces();
    process.removeListener('exit', this.#onExit);
    for (const link of Object.values(engineLinks)) ownLinks.delete(link);
  }
}

// Without duplicate address detection, which would keep an address from use for a second or two.
function upWith(link: string, ipv4: string, ipv6: string): string[] {
  return [
    'link set lo up',
    `link set ${link} up`,
    `addr add ${ipv4} dev ${link}`,
    `addr add ${ipv6} dev ${link} nodad`,
  ];
}

function defaultVia(ipv4: string, ipv6: string): string[] {
  return [`route add default via ${ipv4}`, `route add default via ${ipv6}`];
}

function ipBatch(lines: readonly string[], namespace?: string): void {
  const args = [...(namespace === undefined ? [] : ['-n', namespace]), '-batch', '-'];
  execFileSync('ip', args, {input: `${lines.join('\n')}\n`, stdio: ['pipe', 'pipe', 'pipe']});
}

// Their links go with them. Nothing to do, and nothing said, for those that are gone.
function removeNamespaces(): void {
  for (const name of ['client', 'upstream'])
    spawnSync('ip', ['link', 'delete', engineLinks[name as 'client']]);
  for (const name of ['client', 'upstream']) spawnSync('ip', ['netns', 'delete', name]);
}
