// The generation of the kernel's nftables ruleset: a number that every change of any table raises. Asking costs two
// system calls, where listing a table costs a process.
import {Buffer} from 'node:buffer';
import {closeSync, readSync, writeSync} from 'node:fs';
import {
  attributesOf,
  messageType,
  NLM_F,
  netfilterHeaderLength,
  netfilterMessage,
  openNetfilter,
} from './netlink.ts';
import {beginCall} from './trace.ts';

// linux/netfilter/nf_tables.h: subsystem 10, NFT_MSG_NEWGEN 15, NFT_MSG_GETGEN 16, NFTA_GEN_ID 1.
const newGeneration = (10 << 8) | 15;
const getGeneration = (10 << 8) | 16;
const generationId = 1;

/** Of the network namespace of this process. Undefined for a kernel without nf_tables. */
export function nftGeneration(): number | undefined {
  const call = beginCall();
  const fd = openNetfilter();
  try {
    writeSync(fd, netfilterMessage(getGeneration, NLM_F.request));
    const buffer = Buffer.alloc(4096);
    const answer = buffer.subarray(0, readSync(fd, buffer));
    const generation =
      messageType(answer) === newGeneration
        ? attributesOf(answer.subarray(netfilterHeaderLength)).get(generationId)?.value.readUInt32BE(0)
        : undefined;
    call?.end(
      'netlink: generation of the nftables ruleset',
      generation === undefined ? 'none' : `number ${generation}`,
    );
    return generation;
  } finally {
    closeSync(fd);
  }
}
