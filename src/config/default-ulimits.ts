// The value of "default-ulimits", in daemon.json's shape: {"nofile": {"Name": "nofile", "Hard": 64000, "Soft": 64000}}.
import {fail, object, unknownName, ValueError, type ValueReader, wholeNumber} from './config-values.ts';

/** A limit for every container that does not set its own. The name is setrlimit's, lower case; -1 is unlimited. */
export interface DefaultUlimit {
  name: string;
  soft: number;
  hard: number;
}

const limitNames = [
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
];

export const defaultUlimits: ValueReader<DefaultUlimit[]> = (node, path) =>
  object(node, path).members.map((member) => {
    if (!limitNames.includes(member.name)) throw unknownName(member, path, limitNames);
    return readLimit(member.value, `${path}.${member.name}`, member.name);
  });

const limit = wholeNumber(-1);

function readLimit(...[node, path, name]: [...Parameters<ValueReader<unknown>>, string]): DefaultUlimit {
  const found: {Soft?: number; Hard?: number} = {};
  for (const member of object(node, path).members) {
    const inner = `${path}.${member.name}`;
    if (member.name === 'Soft' || member.name === 'Hard') found[member.name] = limit(member.value, inner);
    else if (member.name !== 'Name') throw unknownName(member, path, ['Name', 'Hard', 'Soft']);
    else if (member.value.kind !== 'string' || member.value.value !== name)
      fail(member.value, inner, `"${name}"`);
  }
  const {Soft: soft, Hard: hard} = found;
  if (soft === undefined || hard === undefined) {
    throw new ValueError(path, 'must have both "Hard" and "Soft"', node.offset);
  }
  if (hard !== -1 && (soft === -1 || soft > hard)) {
    throw new ValueError(path, `must not have a "Soft" (${soft}) above its "Hard" (${hard})`, node.offset);
  }
  return {name, soft, hard};
}
