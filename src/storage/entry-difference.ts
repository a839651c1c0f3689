// How an entry on disk differs from its line in the manifest, in words.
import {toText} from './byte-string.ts';
import {parseMtreeLine, unescapeName} from './mtree.ts';

const digestKeyword = ' sha256digest=';

/** The line without the digest of its content, and that digest. */
export function splitDigest(line: string): {facts: string; digest: string | undefined} {
  const at = line.lastIndexOf(digestKeyword);
  if (at < 0) return {facts: line, digest: undefined};
  return {facts: line.slice(0, at), digest: line.slice(at + digestKeyword.length)};
}

/** `wanted` and `found` are lines without digests, which are not the same. */
export function describeDifference(wanted: string, found: string): string {
  const before = parseMtreeLine(wanted).keywords;
  const now = parseMtreeLine(found).keywords;
  const names = [...new Set([...before.keys(), ...now.keys()])];
  const changes = names
    .filter((name) => before.get(name) !== now.get(name))
    .map((name) => describeChange(name, before.get(name), now.get(name)));
  return changes.join(', ');
}

function describeChange(keyword: string, before: string | undefined, now: string | undefined): string {
  if (keyword.startsWith('xattr.')) {
    const name = toText(unescapeName(keyword.slice('xattr.'.length)));
    if (before === undefined) return `has the extended attribute ${name}, which is not its own`;
    return now === undefined
      ? `lacks its extended attribute ${name}`
      : `its extended attribute ${name} differs`;
  }
  const word = words.get(keyword) ?? keyword;
  return `${word} is ${shown(now)} instead of ${shown(before)}`;
}

const words = new Map([
  ['uid', 'owner'],
  ['gid', 'group'],
  ['time', 'time of change'],
  ['link', 'target'],
]);

function shown(value: string | undefined): string {
  return value === undefined ? 'nothing' : toText(unescapeName(value));
}
