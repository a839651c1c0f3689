// The files of a tree that is in use as members of an archive: nothing is followed, and what a container puts in a
// file's place meanwhile is seen for what it is. Never writes.
import {type BigIntStats, lstatSync} from 'node:fs';
import type {ByteString} from './byte-string.ts';
import {type ArchivedLinks, fileMember} from './file-member.ts';
import {entryOf, pathOf} from './file-tree.ts';
import {joinPath} from './layer-name.ts';
import {OpenFolder} from './open-folder.ts';
import type {SparseMap} from './sparse-map.ts';
import {hasHoles, sparseMember} from './sparse-member.ts';
import type {TarMember} from './tar-writer.ts';

export interface TreeMember extends TarMember {
  /** Where the data belongs. Only of files with holes, and where that is asked for. */
  sparse?: SparseMap;
}

export interface TreeOptions {
  /** What the archive calls the top; '' for the content of a folder. */
  name: ByteString;
  /** Gives files with holes a map of their data. No tar archive can be written of those. Default: holes are read as zeros. */
  sparse?: boolean;
  /** Hears of what no archive can hold: sockets. */
  onLeftOut?: (name: ByteString) => void;
}

/** What is to be read: an entry of an open folder or, without a name, that folder itself. */
export interface TreeTop {
  folderFd: number;
  name?: string;
}

/**
 * All members, a folder before what is in it, names in the order of their bytes; of a file with several names all but
 * the first are hard links. What vanishes meanwhile is left out; a file that shrinks is filled up with zeros. Throws what
 * fileMember throws.
 */
export function* treeMembers({folderFd, name}: TreeTop, options: TreeOptions): Generator<TreeMember> {
  const walk = {...options, links: new Map()};
  if (name !== undefined) {
    const found = entryOf(folderFd, name);
    yield* membersAt(found, options.name, walk);
  } else yield* membersAt(`${pathOf(folderFd)}/.`, options.name, walk);
}

interface Walk extends TreeOptions {
  links: ArchivedLinks;
}

function* membersAt(path: string | Buffer, name: ByteString, walk: Walk): Generator<TreeMember> {
  const stat = lstatSync(path, {bigint: true, throwIfNoEntry: false});
  if (stat === undefined) return;
  if (stat.isSocket()) walk.onLeftOut?.(name);
  else if (stat.isDirectory()) yield* folderMembers(path, name, walk);
  else yield* memberAt({path, name, stat}, walk);
}

function memberAt(
  found: {path: string | Buffer; name: ByteString; stat: BigIntStats},
  {links, sparse}: Walk,
): Generator<TreeMember> {
  return sparse && hasHoles(found.stat) ? sparseMember(found, links) : fileMember(found, links);
}

function* folderMembers(path: string | Buffer, name: ByteString, walk: Walk): Generator<TreeMember> {
  using folder = OpenFolder.openIfThere(path);
  if (folder === undefined) return;
  const own = folder.path();
  yield* memberAt({path: own, name, stat: lstatSync(own, {bigint: true})}, walk);
  for (const base of folder.names()) yield* membersAt(folder.path(base), joinPath(name, base), walk);
}
