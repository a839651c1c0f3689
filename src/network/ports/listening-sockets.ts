// Who listens on the ports of this host, read from /proc/net: programs beside the containers.
import {readdirSync, readlinkSync} from 'node:fs';
import type {TransportProtocol} from '../../../bundles/network-options.ts';
import {type IpAddress, ipAddressOf, parseIpAddress} from '../../addresses/ip-address.ts';
import {errnoOf} from '../../errors.ts';
import {readOptionalFile} from '../../system/optional-file.ts';

export interface ListeningSocket {
  protocol: TransportProtocol;
  /**
   * `0.0.0.0` or `::` for every address; `::` takes IPv4 too, unless its program has said otherwise, which is not to be
   * seen here. An IPv4 address mapped into IPv6, as Java binds it, is given as IPv4.
   */
  address: IpAddress;
  port: number;
  inode: string;
}

// State 0A is LISTEN; an unconnected UDP socket is 07 (include/net/tcp_states.h).
const tables = [
  {file: 'tcp', protocol: 'tcp', state: '0A'},
  {file: 'tcp6', protocol: 'tcp', state: '0A'},
  {file: 'udp', protocol: 'udp', state: '07'},
  {file: 'udp6', protocol: 'udp', state: '07'},
] as const;

/** The sockets that listen in a network namespace: `process` is 'self' or a PID. */
export function readListeningSockets(process: 'self' | number = 'self'): ListeningSocket[] {
  const read = (file: string) => readOptionalFile(`/proc/${process}/net/${file}`) ?? '';
  return [
    ...tables.flatMap(({file, protocol, state}) => parseSockets(read(file), protocol, state)),
    // Only there once the kernel's module is loaded.
    ...parseSctpEndpoints(read('sctp/eps')),
  ];
}

/** proc_net(5): address and port in hexadecimal, the address in words of the machine's byte order. Pure. */
export function parseSockets(
  text: string,
  protocol: TransportProtocol,
  listening: string,
): ListeningSocket[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const [address = '', port = ''] = local.split(':');
      if (state !== listening || port === '') return [];
      return [{protocol, address: readAddress(address), port: Number.parseInt(port, 16), inode}];
    });
}

/** net/sctp/proc.c: ENDPT SOCK STY SST HBKT LPORT UID INODE LADDRS; SST 10 is LISTENING. Pure. */
export function parseSctpEndpoints(text: string): ListeningSocket[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, , , state, , port = '', , inode = '', ...addresses] = line.trim().split(/\s+/);
      if (state !== '10') return [];
      return addresses
        .map((address) => parseIpAddress(address.replace('*', '')))
        .filter((address) => address !== undefined)
        .map((address) => ({protocol: 'sctp' as const, address, port: Number(port), inode}));
    });
}

// Both machines of crundle, arm64 and x86_64, are little-endian.
function readAddress(hex: string): IpAddress {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse());
  const bits = BigInt(`0x${bytes.join('')}`);
  // ::ffff:0:0/96 (RFC 4291, 2.5.5.2)
  const isIpv4 = words.length === 1 || bits >> 32n === 0xffffn;
  return isIpv4 ? ipAddressOf(4, bits & 0xffff_ffffn) : ipAddressOf(6, bits);
}

/** The process that has the socket open, the first of several, by the name that `ps` gives it; undefined when it is of another PID namespace. */
export function holderOf(inode: string): {pid: number; name: string} | undefined {
  const wanted = `socket:[${inode}]`;
  for (const pid of readdirSync('/proc')) {
    if (/^\d+$/.test(pid) && linksIn(`/proc/${pid}/fd`).includes(wanted)) {
      return {pid: Number(pid), name: readOptionalFile(`/proc/${pid}/comm`)?.trim() ?? ''};
    }
  }
  return undefined;
}

// A process may end, or close a file, between the listing and the reading.
function linksIn(folder: string): string[] {
  const gone = (error: unknown) => ['ENOENT', 'EACCES', 'ESRCH'].includes(errnoOf(error) ?? '');
  const attempt = <T>(read: () => T, otherwise: T): T => {
    try {
      return read();
    } catch (error) {
      if (gone(error)) return otherwise;
      throw error;
    }
  };
  return attempt(() => readdirSync(folder), []).map((fd) =>
    attempt(() => readlinkSync(`${folder}/${fd}`), ''),
  );
}
