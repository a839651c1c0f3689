// All that an overlay of layers shows, as the members of one flat archive: what `export` writes.
import {toText} from './byte-string.ts';
import {type ArchivedLinks, fileMember} from './file-member.ts';
import {joinPath} from './layer-name.ts';
import {MergedFolder} from './merged-folder.ts';
import type {TarMember} from './tar-writer.ts';

/**
 * Of these layers, lowest first, of which the topmost may be one that is being written in. Sockets are left out, and
 * `onLeftOut` hears of them. Throws what fileMember throws.
 */
export function* mergedMembers(
  layers: readonly string[],
  onLeftOut: (path: string, why: string) => void,
): Generator<TarMember> {
  using root = MergedFolder.openRoot(layers);
  yield* membersIn(root, '', {links: new Map(), onLeftOut});
}

interface Walk {
  links: ArchivedLinks;
  onLeftOut: (path: string, why: string) => void;
}

function* membersIn(folder: MergedFolder, name: string, walk: Walk): Generator<TarMember> {
  for (const entry of folder.entries()) {
    const found = {...entry, name: joinPath(name, entry.name)};
    if (entry.stat.isSocket()) walk.onLeftOut(`/${toText(found.name)}`, 'an archive holds no sockets');
    yield* fileMember(found, walk.links);
    if (!entry.stat.isDirectory()) continue;
    using inner = folder.open(entry.name);
    if (inner) yield* membersIn(inner, found.name, walk);
  }
}
