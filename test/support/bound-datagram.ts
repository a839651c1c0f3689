// A receiving AF_UNIX datagram socket, which Node.js's dgram does not have.
import {Buffer} from 'node:buffer';
import {dlopen} from 'node:ffi';

const {functions: libc} = dlopen('libc.so.6', {
  socket: {arguments: ['i32', 'i32', 'i32'], return: 'i32'},
  bind: {arguments: ['i32', 'buffer', 'u32'], return: 'i32'},
});

/** A descriptor bound at `path`: each read returns one datagram. The caller closes it. */
export function boundDatagram(path: string): number {
  const address = Buffer.alloc(110);
  address.writeUInt16LE(1, 0); // AF_UNIX
  address.write(path, 2);
  const fd = libc.socket(1, 2, 0); // AF_UNIX, SOCK_DGRAM
  if (libc.bind(fd, address, address.length) !== 0) throw new Error(`cannot bind a socket at ${path}`);
  return fd;
}
