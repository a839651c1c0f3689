// Messages of netfilter over netlink(7): made, and taken apart. What they mean is the caller's. The fields of netlink
// itself are in the machine's byte order, which is little-endian on both of crundle's; netfilter's values are big-endian.
import {Buffer} from 'node:buffer';
import {openNetlink} from './libc.ts';

const NETLINK_NETFILTER = 12;

/** nlmsghdr and nfgenmsg: the attributes come behind. */
export const netfilterHeaderLength = 20;

/** nlmsghdr.nlmsg_flags, from linux/netlink.h. */
export const NLM_F = {request: 1, ack: 4, dump: 0x300} as const;

/** A descriptor that asks about the network namespace of this process. The caller closes it. Throws LibcError. */
export function openNetfilter(): number {
  return openNetlink(NETLINK_NETFILTER);
}

/** `type`: the subsystem in the high byte, what is asked of it in the low one. */
export function netfilterMessage(
  type: number,
  flags: number,
  {family = 0, attributes = Buffer.alloc(0)}: {family?: number; attributes?: Buffer} = {},
): Buffer {
  const head = Buffer.alloc(netfilterHeaderLength);
  head.writeUInt32LE(netfilterHeaderLength + attributes.length, 0);
  head.writeUInt16LE(type, 4);
  head.writeUInt16LE(flags, 6);
  head.writeUInt8(family, 16);
  return Buffer.concat([head, attributes]);
}

/** The type of a message that the kernel sent. */
export function messageType(message: Buffer): number {
  return message.readUInt16LE(4);
}

/** Attributes by their type, each as its value and as the bytes that name it to the kernel again. */
export function attributesOf(bytes: Buffer): Map<number, {value: Buffer; whole: Buffer}> {
  const attributes = new Map<number, {value: Buffer; whole: Buffer}>();
  for (let offset = 0; offset + 4 <= bytes.length; ) {
    const length = bytes.readUInt16LE(offset);
    const end = offset + Math.max(4, (length + 3) & ~3);
    // The two highest bits say how the value is written.
    attributes.set(bytes.readUInt16LE(offset + 2) & 0x3fff, {
      value: bytes.subarray(offset + 4, offset + length),
      whole: bytes.subarray(offset, end),
    });
    offset = end;
  }
  return attributes;
}
