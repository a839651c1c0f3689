// Everything that can be seen of the files below a folder, one line a path: what two unpacked trees must have alike.
import {createHash} from 'node:crypto';
import {lstatSync, readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {getXattr, listXattrs} from '../../src/system/libc.ts';

/** By path (latin1): type, mode, owner, device, size, time in nanoseconds, link target or content, attributes. */
export function listTree(
  root: string,
  {ignoreXattr = (_name: string): boolean => false} = {},
): Map<string, string> {
  const lines = new Map<string, string>();
  const firstNames = new Map<bigint, string>();
  const visit = (name: string) => {
    const path = Buffer.concat([Buffer.from(root), Buffer.from(name, 'latin1')]);
    const stat = lstatSync(path, {bigint: true});
    const firstName = firstNames.get(stat.ino) ?? name;
    firstNames.set(stat.ino, firstName);
    const facts = [
      stat.mode.toString(8),
      `${stat.uid}:${stat.gid}`,
      `rdev ${stat.rdev}`,
      `mtime ${stat.mtimeNs}`,
      stat.isDirectory() ? '' : `links ${stat.nlink} first ${firstName} size ${stat.size}`,
      stat.isSymbolicLink() ? `-> ${readlinkSync(path, 'latin1')}` : '',
      stat.isFile() && firstName === name
        ? createHash('sha256').update(readFileSync(path)).digest('hex')
        : '',
      ...listXattrs(path)
        .filter((xattr) => !ignoreXattr(xattr))
        .sort()
        .map((xattr) => `${xattr}=${getXattr(path, xattr).toString('hex')}`),
    ];
    lines.set(name, facts.join(' '));
    if (stat.isDirectory()) for (const child of readdirSync(path, 'latin1').sort()) visit(`${name}/${child}`);
  };
  visit('');
  return lines;
}

/** The first differences, for a message that can be read; empty when the trees are alike. */
export function differences(actual: Map<string, string>, expected: Map<string, string>): string[] {
  const paths = new Set([...actual.keys(), ...expected.keys()]);
  return [...paths]
    .filter((path) => actual.get(path) !== expected.get(path))
    .slice(0, 10)
    .map((path) => `${path || '.'}\n  is       ${actual.get(path)}\n  expected ${expected.get(path)}`);
}
