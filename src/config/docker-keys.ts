// Keys of Docker's daemon.json that this version does not honour, each with the reason. A key that is accepted and
// ignored would let a person believe in a setting that does nothing, so each of these is refused by name.

const noDaemon = 'crundle has no daemon';
const noSwarm = 'crundle has no swarm mode';
const oneStorage = 'crundle has one way to store layers, overlay';
const oneRuntime = 'crundle always runs crun';
const noBuild = 'this version does not build images';
const daemonKeys = [
  'api-cors-header',
  'authorization-plugins',
  'debug',
  'experimental',
  'features',
  'group',
  'hosts',
  'labels',
  'live-restore',
  'log-format',
  'log-level',
  'metrics-addr',
  'min-api-version',
  'oom-score-adjust',
  'pidfile',
  'raw-logs',
  'tls',
  'tlscacert',
  'tlscert',
  'tlskey',
  'tlsverify',
  'validate',
] as const;

/** Key name -> why it is not honoured, as the second half of a sentence. */
export const unsupportedDockerKeys: ReadonlyMap<string, string> = new Map<string, string>([
  ...daemonKeys.map((name) => [name, noDaemon] as const),
  ['allow-nondistributable-artifacts', 'crundle takes no foreign layers'],
  ['allow-direct-routing', 'containers are reached by published ports alone'],
  ['bip6', 'the IPv6 subnet of the default network is "fixed-cidr-v6"'],
  ['bridge-accept-fwmark', 'crundle looks at no packet marks'],
  ['builder', noBuild],
  ['cdi-spec-dirs', 'this version has no CDI devices'],
  ['cluster-advertise', noSwarm],
  ['cluster-store', noSwarm],
  ['cluster-store-opts', noSwarm],
  ['containerd', 'crundle does not use containerd'],
  ['containerd-namespace', 'crundle does not use containerd'],
  ['containerd-plugin-namespace', 'crundle does not use containerd'],
  ['containerd-plugins-namespace', 'crundle does not use containerd'],
  [
    'cpu-rt-period',
    'crundle sets the real-time limits of single containers, with --cpu-rt-runtime and --cpu-rt-period',
  ],
  [
    'cpu-rt-runtime',
    'crundle sets the real-time limits of single containers, with --cpu-rt-runtime and --cpu-rt-period',
  ],
  ['default-gateway', 'the gateway of the default network is the address in "bip"'],
  ['default-gateway-v6', 'the gateway of the default network is the first address of "fixed-cidr-v6"'],
  ['default-network-opts', 'give each network its options with --opt'],
  [
    'default-cgroupns-mode',
    "it is Docker's: host on cgroup v1, private on v2; --cgroupns chooses for a container",
  ],
  ['default-ipc-mode', "it is Docker's, private; --ipc chooses for a container"],
  ['default-runtime', oneRuntime],
  ['exec-opts', oneRuntime],
  ['firewall-backend', 'crundle always uses nftables'],
  ['graph', 'Docker removed it; the key is "data-root"'],
  ['host-gateway-ip', "host-gateway is the gateway of the container's own network"],
  ['host-gateway-ips', "host-gateway is the gateway of the container's own network"],
  ['init-path', 'crundle finds the init by itself'],
  ['ip-forward-no-drop', "crundle leaves the host's forward policy as it is"],
  ['ip6tables', 'crundle always writes its own nftables tables, and no others'],
  ['iptables', 'crundle always writes its own nftables tables, and no others'],
  ['network-control-plane-mtu', noSwarm],
  ['node-generic-resources', noSwarm],
  ['proxies', 'this version sets no proxy variables in containers'],
  ['rootless', 'this version runs as root only'],
  ['runtimes', oneRuntime],
  ['selinux-enabled', 'this version sets no SELinux labels'],
  ['storage-driver', oneStorage],
  ['storage-opts', oneStorage],
  ['swarm-default-advertise-addr', noSwarm],
  ['userland-proxy', 'crundle has no proxy processes: the kernel translates, also from 127.0.0.1 and ::1'],
  ['userland-proxy-path', 'crundle has no proxy processes'],
  ['userns-remap', 'this version has no user namespaces'],
]);
