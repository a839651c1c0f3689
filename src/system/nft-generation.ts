// The generation of the kernel's nftables ruleset: a number that every change of any table raises. Asking costs two
// system calls, where listing a table costs a process.
import {Buffer} from 'node:buffer';
import {closeSync, readSync, writeSync} from 'node:fs';
import {openNetlink} from './libc.ts';

const NETLINK_NETFILTER = 12;
const NLM_F_REQUEST = 1;
const headerLength = 16;
const nfgenmsgLength = 4;

// linux/netfilter/nf_tables.h: subsystem 10, NFT_MSG_NEWGEN 15, NFT_MSG_GETGEN 16, NFTA_GEN_ID 1.
const newGeneration = (10 << 8) | 15;
const getGeneration = (10 << 8) | 16;
const generationId = 1;

/** Of the network namespace of this process. Undefined for a kernel without nf_tables. */
export function nftGeneration(): number | undefined {
  const fd = openNetlink(NETLINK_NETFILTER);
  try {
    writeSync(fd, request());
    const answer = Buffer.alloc(4096);
    return parseGeneration(answer.subarray(0, readSync(fd, answer)));
  } finally {
    closeSync(fd);
  }
}

function request(): Buffer {
  const message = Buffer.alloc(headerLength + nfgenmsgLength);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE(getGeneration, 4);
  message.writeUInt16LE(NLM_F_REQUEST, 6);
  return message;
}

/** Netlink's own fields are in the machine's byte order, which is little-endian on both of crundle's; the value is not. */
export function parseGeneration(answer: Buffer): number | undefined {
  if (answer.length < headerLength || answer.readUInt16LE(4) !== newGeneration) return undefined;
  let offset = headerLength + nfgenmsgLength;
  while (offset + 8 <= answer.length) {
    const length = answer.readUInt16LE(offset);
    if ((answer.readUInt16LE(offset + 2) & 0x3fff) === generationId) return answer.readUInt32BE(offset + 4);
    offset += Math.max(4, (length + 3) & ~3);
  }
  return undefined;
}
