// Texts of the files that the engine binds over a container's /etc/hosts, /etc/hostname and /etc/resolv.conf.

export interface HostsEntry {
  address: string;
  names: readonly string[];
}

export interface HostsInput {
  /** The container's own name, written beside its addresses. */
  hostname: string;
  /** Its NIS domain, which the name is written with too. */
  domainname?: string;
  /** Addresses of the container; none without a network, and then the name is not in the file, as under Docker. */
  addresses?: readonly string[];
  /** --add-host and names of other containers. */
  extra?: readonly HostsEntry[];
}

const standardHosts: readonly HostsEntry[] = [
  {address: '127.0.0.1', names: ['localhost']},
  {address: '::1', names: ['localhost', 'ip6-localhost', 'ip6-loopback']},
  {address: 'fe00::', names: ['ip6-localnet']},
  {address: 'ff00::', names: ['ip6-mcastprefix']},
  {address: 'ff02::1', names: ['ip6-allnodes']},
  {address: 'ff02::2', names: ['ip6-allrouters']},
];

/** /etc/hosts. A name with a domain gets its first label as an alias. With the host's network use the host's file. */
export function hostsFile({hostname, domainname, addresses = [], extra = []}: HostsInput): string {
  const names = domainname === undefined ? withLabel(hostname) : [`${hostname}.${domainname}`, hostname];
  const own = addresses.map((address): HostsEntry => ({address, names}));
  return [...standardHosts, ...extra, ...own].map(hostsLine).join('');
}

function withLabel(hostname: string): string[] {
  const [label = hostname] = hostname.split('.');
  return label === hostname ? [hostname] : [hostname, label];
}

export function hostnameFile(hostname: string): string {
  return `${hostname}\n`;
}

/** What --dns, --dns-search and --dns-option or the configuration say; an empty list leaves the host's. */
export interface DnsOptions {
  servers?: readonly string[];
  search?: readonly string[];
  options?: readonly string[];
}

/**
 * /etc/resolv.conf: the host's text, with the parts that were asked for in place of the host's. Unchanged when none
 * were. A search domain of `.` means none at all.
 */
export function resolvConfFile(host: string, dns: DnsOptions = {}): string {
  const {servers = [], search = [], options = []} = dns;
  if (servers.length + search.length + options.length === 0) return host;
  const lines = [
    ...(servers.length > 0
      ? servers.map((server) => `nameserver ${server}`)
      : keptLines(host, /^nameserver\s/)),
    ...(search.length > 0 ? searchLine(search) : keptLines(host, /^(search|domain)\s/)),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : keptLines(host, /^options\s/)),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function hostsLine({address, names}: HostsEntry): string {
  return `${address}\t${names.join(' ')}\n`;
}

function keptLines(text: string, pattern: RegExp): string[] {
  return text.split('\n').filter((line) => pattern.test(line));
}

function searchLine(search: readonly string[]): string[] {
  return search.length === 1 && search[0] === '.' ? [] : [`search ${search.join(' ')}`];
}
