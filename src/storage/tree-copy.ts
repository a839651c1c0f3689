// Copies: members of a tree, or the bytes of an archive, into the places of an unpacker. Gives way to other work as it goes.
import {setImmediate as nextTurn} from 'node:timers/promises';
import {decompress} from './decompress.ts';
import {type TarEntry, TarReader} from './tar-reader.ts';
import {encodeEntry, type TarMember, writeTar} from './tar-writer.ts';
import type {TreeMember} from './tree-members.ts';
import type {TreeUnpacker} from './tree-unpacker.ts';

const turnBytes = 8 * 1024 * 1024;
const endBytes = 1024;

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
    // Docker's archives have no fractions of seconds, which would take a header of their own.
    const header = encodeEntry({...entry, mtime: {...entry.mtime, nanoseconds: 0}});
    const blocks = header.length + Math.ceil(size / 512) * 512;
    bytes += blocks;
    turn += blocks + 4096;
    if (turn < turnBytes) continue;
    turn = 0;
    await nextTurn();
  }
  unpacker.finish();
  return bytes;
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
