// Copies: members of a tree, or the bytes of an archive, into the places of an unpacker. Gives way to other work as it goes.
import {setImmediate as nextTurn} from 'node:timers/promises';
import {decompress} from './decompress.ts';
import {blockBytes, maxHeaderName} from './tar-header.ts';
import {type TarEntry, TarReader} from './tar-reader.ts';
import {type NewTarEntry, type TarMember, writeTar} from './tar-writer.ts';
import type {TreeMember} from './tree-members.ts';
import type {TreeUnpacker} from './tree-unpacker.ts';

const turnBytes = 8 * 1024 * 1024;
const endBytes = 2 * blockBytes;

const emptyEntry: Omit<TarEntry, 'type' | 'name' | 'mode' | 'mtime'> = {
  linkName: '',
  uid: 0,
  gid: 0,
  atime: undefined,
  major: 0,
  minor: 0,
  xattrs: new Map(),
  dataBytes: 0,
  sparse: undefined,
};

/** Returns the bytes that a tar archive of the members would have, which is how Docker counts. */
export async function copyMembers(members: Iterable<TreeMember>, unpacker: TreeUnpacker): Promise<number> {
  let bytes = endBytes;
  let turn = 0;
  for (const {entry, data = [], sparse} of members) {
    unpacker.entry({...emptyEntry, ...entry, sparse});
    let size = 0;
    for (const piece of data) {
      unpacker.data(piece);
      size += piece.length;
    }
    unpacker.entryEnd();
    const blocks = headerBytes(entry) + Math.ceil(size / blockBytes) * blockBytes;
    bytes += blocks;
    turn += blocks + 4096;
    if (turn < turnBytes) continue;
    turn = 0;
    await nextTurn();
  }
  unpacker.finish();
  return bytes;
}

// What Docker's archives have in front of an entry: no fractions of seconds, and of attributes the capabilities alone.
function headerBytes({name, linkName = '', xattrs}: NewTarEntry): number {
  const isLong = [name, linkName].some((text) => text.length > maxHeaderName || /[\u0080-\u00ff]/.test(text));
  return isLong || xattrs?.has('security.capability') ? 3 * blockBytes : blockBytes;
}

/** Hands a tar archive of the members over, piece by piece. Returns how many bytes it has. */
export async function archiveMembers(
  members: Iterable<TarMember>,
  onPiece: (piece: Buffer) => void | Promise<void>,
): Promise<number> {
  let bytes = 0;
  for (const piece of writeTar(members)) {
    await onPiece(piece);
    bytes += piece.length;
  }
  return bytes;
}

/** Unpacks a tar archive, plain or compressed. Returns the bytes of what it was given. Throws LayerFault. */
export async function unpackArchive(
  archive: AsyncIterable<Uint8Array>,
  unpacker: TreeUnpacker,
): Promise<number> {
  let bytes = 0;
  const reader = new TarReader(unpacker);
  for await (const piece of decompress(counted(archive, (length) => (bytes += length)))) reader.write(piece);
  reader.finish();
  unpacker.finish();
  return bytes;
}

async function* counted(
  archive: AsyncIterable<Uint8Array>,
  onBytes: (length: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of archive) {
    onBytes(piece.length);
    yield piece;
  }
}
