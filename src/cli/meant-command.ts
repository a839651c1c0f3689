// The command that was meant by a line which names none: a slip of the fingers in either of its words, or one that Docker has
// and crundle does not have yet. Pure.
import {closestName} from '../config/closest-name.ts';

/** Docker's commands that are not here, so that nobody looks for the slip in what he typed. */
const notBuilt: ReadonlySet<string> = new Set([
  'build',
  'builder',
  'buildx',
  'compose',
  'config',
  'cp',
  'image build',
  'manifest annotate',
  'manifest create',
  'manifest push',
  'manifest rm',
  'node',
  'plugin',
  'secret',
  'service',
  'stack',
  'swarm',
  'trust',
]);

export interface MeantCommand {
  /** The words that name no command. */
  typed: string;
  hint: string;
}

/** `ids` are those of all commands and their aliases that a person may type. */
export function meantCommand(argv: readonly string[], ids: readonly string[]): MeantCommand {
  const [first = '', second] = argv;
  const topics = [...new Set(ids.filter((id) => id.includes(':')).map((id) => id.split(':')[0] ?? ''))];
  const words = ids.filter((id) => !id.includes(':'));
  const isPair = topics.includes(first) && second !== undefined && !second.startsWith('-');
  const typed = isPair ? `${first} ${second}` : first;
  if (notBuilt.has(typed)) return {typed, hint: `'docker ${typed}' has no counterpart in crundle yet`};
  if (isPair) {
    const below = ids.filter((id) => id.startsWith(`${first}:`)).map((id) => id.slice(first.length + 1));
    return {typed, hint: hintOf(closestName(second, below), `${first} `, `see 'crundle ${first} --help'`)};
  }
  const near = closestName(first, [...words, ...topics]);
  // A slip in the topic: the rest of the line may be right.
  const rest = near !== undefined && !words.includes(near) && second ? ` ${second}` : '';
  return {typed, hint: hintOf(near && `${near}${rest}`, '', "see 'crundle --help'")};
}

function hintOf(near: string | undefined, before: string, otherwise: string): string {
  return near === undefined ? otherwise : `did you mean 'crundle ${before}${near}'?`;
}
