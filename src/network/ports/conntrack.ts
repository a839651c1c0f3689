// The kernel's table of tracked connections, over netlink: read, and single entries forgotten. A connection keeps the
// translation that it began with, whatever the rules say later; so entries go when the port that they came by does.
import {Buffer} from 'node:buffer';
import {closeSync, readSync, writeSync} from 'node:fs';
import {type IpAddress, ipAddressOf} from '../../addresses/ip-address.ts';
import {EngineError} from '../../errors.ts';
import {
  attributesOf,
  NLM_F,
  netfilterHeaderLength,
  netfilterMessage,
  openNetfilter,
} from '../../system/netlink.ts';
import {isRehearsal} from '../../system/rehearsal.ts';
import {beginCall} from '../../system/trace.ts';

export interface TrackedConnection {
  /** 6, 17, 132 … */
  readonly protocol: number;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly destinationPort: number;
  /** Who answers, and to whom: others than above where the packets are translated. */
  readonly answersFrom: IpAddress;
  readonly answersFromPort: number;
  readonly answersTo: IpAddress;
  readonly isAnswered: boolean;
}

const [messageError, messageDone] = [2, 3];
// linux/netfilter/nfnetlink_conntrack.h: subsystem 1; IPCTNL_MSG_CT_NEW 0, GET 1, DELETE 2.
const [typeNew, typeGet, typeDelete] = [1 << 8, (1 << 8) | 1, (1 << 8) | 2];
const [tupleOrig, tupleReply, statusAttribute, idAttribute, zoneAttribute] = [1, 2, 3, 12, 18];
const seenReply = 1 << 1;
const [ENOENT, EINVAL, EOPNOTSUPP] = [2, 22, 95];

/** Forgets the connections that `matches` picks, of this process's network namespace. Returns how many. */
export function forgetConnections(matches: (connection: TrackedConnection) => boolean): number {
  // No program of a plain host does this; entries of a port that nobody had before are none.
  if (isRehearsal()) return 0;
  const call = beginCall();
  const fd = openNetfilter();
  try {
    const entries = dump(fd).filter(({connection}) => matches(connection));
    for (const {family, identity} of entries) {
      writeSync(fd, netfilterMessage(typeDelete, NLM_F.request | NLM_F.ack, {family, attributes: identity}));
      const answer = Buffer.alloc(65536);
      const error = -(answer.subarray(0, readSync(fd, answer)).readInt32LE(16) || 0);
      // Ended by itself meanwhile.
      if (error !== 0 && error !== ENOENT) throw failure('forget a tracked connection', error);
    }
    call?.end('netlink: forget the tracked connections of a port', `${entries.length} forgotten`);
    return entries.length;
  } finally {
    closeSync(fd);
  }
}

interface Entry {
  connection: TrackedConnection;
  family: number;
  /** The attributes that name this very entry. */
  identity: Buffer;
}

function dump(fd: number): Entry[] {
  writeSync(fd, netfilterMessage(typeGet, NLM_F.request | NLM_F.dump));
  const entries: Entry[] = [];
  const buffer = Buffer.alloc(65536);
  for (;;) {
    const read = buffer.subarray(0, readSync(fd, buffer));
    for (let offset = 0; offset + 16 <= read.length; ) {
      const length = read.readUInt32LE(offset);
      const type = read.readUInt16LE(offset + 4);
      if (type === messageDone) return entries;
      // A kernel without nf_conntrack_netlink has nothing to tell; then old connections run out by themselves.
      if (type === messageError && [EINVAL, EOPNOTSUPP].includes(-read.readInt32LE(offset + 16)))
        return entries;
      if (type === messageError)
        throw failure('read the tracked connections', -read.readInt32LE(offset + 16));
      if (type === typeNew) {
        const entry = parseEntry(Buffer.from(read.subarray(offset, offset + length)));
        if (entry) entries.push(entry);
      }
      offset += Math.max(16, (length + 3) & ~3);
    }
  }
}

function failure(what: string, errno: number): EngineError {
  return new EngineError('system-call-failed', `cannot ${what}: netlink answered with error ${errno}`);
}

/** One message of the dump; undefined for a protocol without ports. */
function parseEntry(bytes: Buffer): Entry | undefined {
  const all = attributesOf(bytes.subarray(netfilterHeaderLength));
  const orig = parseTuple(all.get(tupleOrig)?.value);
  const reply = parseTuple(all.get(tupleReply)?.value);
  const status = all.get(statusAttribute)?.value.readUInt32BE(0) ?? 0;
  if (!orig || !reply) return undefined;
  const identity = [tupleOrig, zoneAttribute, idAttribute].flatMap((type) => all.get(type)?.whole ?? []);
  return {
    family: bytes.readUInt8(16),
    identity: Buffer.concat(identity),
    connection: {
      protocol: orig.protocol,
      source: orig.from,
      destination: orig.to,
      destinationPort: orig.toPort,
      answersFrom: reply.from,
      answersFromPort: reply.fromPort,
      answersTo: reply.to,
      isAnswered: (status & seenReply) !== 0,
    },
  };
}

function parseTuple(bytes: Buffer | undefined) {
  if (!bytes) return undefined;
  const tuple = attributesOf(bytes);
  const ip = attributesOf(tuple.get(1)?.value ?? Buffer.alloc(0));
  const proto = attributesOf(tuple.get(2)?.value ?? Buffer.alloc(0));
  // CTA_IP_V4_SRC 1, V4_DST 2, V6_SRC 3, V6_DST 4; CTA_PROTO_NUM 1, SRC_PORT 2, DST_PORT 3.
  const [from, to] = [ip.get(1) ?? ip.get(3), ip.get(2) ?? ip.get(4)];
  const [number, fromPort, toPort] = [proto.get(1), proto.get(2), proto.get(3)];
  if (!from || !to || !number || !fromPort || !toPort) return undefined;
  return {
    from: addressOf(from.value),
    to: addressOf(to.value),
    protocol: number.value.readUInt8(0),
    fromPort: fromPort.value.readUInt16BE(0),
    toPort: toPort.value.readUInt16BE(0),
  };
}

function addressOf(bytes: Buffer): IpAddress {
  return ipAddressOf(bytes.length === 4 ? 4 : 6, BigInt(`0x${bytes.toString('hex')}`));
}
