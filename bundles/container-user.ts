// Who a container's first process runs as: Docker's rules for --user and the image's USER. The image's passwd and
// group files come as text, read by the caller without following links out of the image.
import {EngineError} from '../src/errors.ts';

export interface ContainerUser {
  uid: number;
  gid: number;
  /** The primary group first, as Docker gives it, so that it counts even after setgid. */
  additionalGids: number[];
  /** The home folder in the image's passwd file, or `/`. */
  home: string;
  /** The name in the passwd file, when the user has one there. */
  name?: string;
}

export interface UserFiles {
  /** Text of /etc/passwd and /etc/group; empty when there is none. */
  passwd: string;
  group: string;
  /** Names or numbers of --group-add. */
  groupAdd?: readonly string[];
}

interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

interface GroupEntry {
  name: string;
  gid: number;
  members: string[];
}

const maxId = 2 ** 31 - 1;

/**
 * `''`, `user`, `uid`, `user:group`, `uid:gid` and mixtures. A number is never looked up as a name, and need not be
 * in the files. Without an explicit group, the user's own group and those that list the name are taken. Throws
 * EngineError 'user-not-found' in Docker's words, and 'invalid-option' for a number out of range.
 */
export function resolveUser(text: string, {passwd, group, groupAdd = []}: UserFiles): ContainerUser {
  const colon = text.indexOf(':');
  const userText = colon === -1 ? text : text.slice(0, colon);
  const groupText = colon === -1 ? '' : text.slice(colon + 1);
  const uid = userText === '' ? 0 : parseId(userText);
  const entry = parsePasswd(passwd).find((user) =>
    uid === undefined ? user.name === userText : user.uid === uid,
  );
  if (entry === undefined && uid === undefined) {
    throw notFound(`unable to find user ${userText}: no matching entries in passwd file`);
  }
  const groups = parseGroup(group);
  const gid = groupText === '' ? (entry?.gid ?? 0) : findGroup(groupText, groups);
  const implied = groupText === '' && entry !== undefined ? groupsOf(entry.name, groups) : [];
  const added = groupAdd.map((name) => findGroup(name, groups));
  return {
    uid: entry?.uid ?? uid ?? 0,
    gid,
    additionalGids: [...new Set([gid, ...implied, ...added])],
    home: entry?.home || '/',
    ...(entry === undefined ? {} : {name: entry.name}),
  };
}

// Undefined when the text is a name. Docker reads numbers as Go's strconv.Atoi does: with an optional sign.
function parseId(text: string): number | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const id = Number(text);
  if (id < 0 || id > maxId) {
    throw new EngineError('invalid-option', `uids and gids must be in range 0-${maxId}`, {exit: 125});
  }
  return id;
}

function findGroup(text: string, groups: readonly GroupEntry[]): number {
  const gid = parseId(text);
  if (gid !== undefined) return gid;
  const entry = groups.find((group) => group.name === text);
  if (entry === undefined) throw notFound(`unable to find group ${text}: no matching entries in group file`);
  return entry.gid;
}

function groupsOf(user: string, groups: readonly GroupEntry[]): number[] {
  return groups.filter((group) => group.members.includes(user)).map((group) => group.gid);
}

// name:password:uid:gid:gecos:home:shell, see passwd(5).
function parsePasswd(text: string): PasswdEntry[] {
  return fieldsOf(text).flatMap(([name = '', , uidText = '', gidText = '', , home = '']) => {
    const uid = entryId(uidText);
    const gid = entryId(gidText);
    return name === '' || uid === undefined || gid === undefined ? [] : [{name, uid, gid, home}];
  });
}

// name:password:gid:member,member, see group(5).
function parseGroup(text: string): GroupEntry[] {
  return fieldsOf(text).flatMap(([name = '', , gidText = '', members = '']) => {
    const gid = entryId(gidText);
    return name === '' || gid === undefined ? [] : [{name, gid, members: members.split(',')}];
  });
}

function fieldsOf(text: string): string[][] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(':'));
}

// Docker reads a field that is no number as 0, which makes root of a broken line; such a line is no entry here.
function entryId(text: string): number | undefined {
  const id = /^\d+$/.test(text) ? Number(text) : undefined;
  return id !== undefined && id <= maxId ? id : undefined;
}

function notFound(message: string): EngineError {
  return new EngineError('user-not-found', message, {
    hint: 'names are looked up in the image: use numbers for a user or group that it does not know',
    exit: 125,
  });
}
