// What may stand where on crundle's command line, as completions need it: from the commands themselves.

import {type CommandEntry, type FlagEntry, flagsOf} from '../cli/command-list.ts';

/** Where candidates for a word come from. `words` are themselves. */
export type Source =
  | 'containers'
  | 'running'
  | 'images'
  | 'networks'
  | 'volumes'
  | 'files'
  | {words: string[]};

export interface CompletedFlag extends FlagEntry {
  /** `--name` and `-n`, as typed. */
  forms: string[];
  /** For its value; empty when nobody knows what fits. Undefined for a switch. */
  sources: Source[] | undefined;
}

export interface CompletedCommand {
  /** The words that name it, such as `network create`, its other names behind its own. */
  names: string[];
  summary: string;
  flags: CompletedFlag[];
  /** For each argument; the last one again and again when `repeats`. */
  arguments: Source[][];
  repeats: boolean;
  /** What follows the first argument is another program's: no flag of crundle's is there. */
  stopsAtFirstArgument: boolean;
}

export function completedCommand(entry: CommandEntry): CompletedCommand {
  const {command} = entry;
  const args = Object.entries(command.args);
  return {
    names: [entry.name, ...entry.aliases],
    summary: command.summary ?? '',
    flags: flagsOf(entry).map((flag) => completedFlag(flag)),
    arguments: args.map(([name]) => argumentSources(entry.name, name)),
    repeats: args.at(-1)?.[1].multiple === true,
    stopsAtFirstArgument: (command as {stopsAtFirstArgument?: boolean}).stopsAtFirstArgument === true,
  };
}

/** Commands that only make sense for what runs. */
const onRunning = ['attach', 'exec', 'kill', 'pause', 'port', 'stop', 'top', 'unpause', 'wait'];

/** Commands that give an image a name, or take the name of one: often that of one that is there. */
const naming = ['commit', 'import', 'manifest inspect', 'pull', 'push', 'tag'];

function argumentSources(command: string, argument: string): Source[] {
  if (command === 'inspect') return ['containers', 'images', 'networks', 'volumes'];
  if (command === 'cp') return ['containers', 'files'];
  if (argument === 'container') return [onRunning.includes(command) ? 'running' : 'containers'];
  if (command === 'import' && argument === 'source') return ['files'];
  if (argument === 'image' || argument === 'source' || argument === 'repository') return ['images'];
  if (naming.includes(command) && (argument === 'name' || argument === 'target')) return ['images'];
  if (command.endsWith(' create')) return [];
  if (argument === 'network') return ['networks'];
  if (argument === 'volume') return ['volumes'];
  // A command in a container: its files are not here, but often are named alike.
  return argument === 'command' ? ['files'] : [];
}

const signals = ['HUP', 'INT', 'QUIT', 'KILL', 'USR1', 'USR2', 'TERM', 'WINCH'].map((name) => `SIG${name}`);
const platforms = ['linux/arm64', 'linux/amd64', 'linux/arm/v7'];

const flagSources: Record<string, Source[]> = {
  cidfile: ['files'],
  'env-file': ['files'],
  input: ['files'],
  output: ['files'],
  platform: [{words: platforms}],
  signal: [{words: signals}],
  'stop-signal': [{words: signals}],
  'label-file': ['files'],
  volume: ['volumes', 'files'],
  'volumes-from': ['containers'],
};

function completedFlag(flag: FlagEntry): CompletedFlag {
  const [name = ''] = flag.names;
  const forms = [
    ...flag.names.map((one) => `--${one}`),
    ...(flag.char === undefined ? [] : [`-${flag.char}`]),
  ];
  if (flag.value === undefined) return {...flag, forms, sources: undefined};
  const words = namedValues(flag.description, name === 'filter');
  const sources: Source[] = [
    ...(flagSources[name] ?? (name === 'network' ? ['networks' as const] : [])),
    ...(words.length > 0 ? [{words}] : []),
  ];
  return {...flag, forms, sources};
}

// Descriptions name the values there are in quotes ('always', 'missing' or 'never'), and filters with their sign.
function namedValues(description: string, isFilter: boolean): string[] {
  const pattern = isFilter ? /\b([a-z]+!?=)/g : /'([a-z][a-z-]*)(?=['[])/g;
  return [...description.matchAll(pattern)].map(([, word = '']) => word);
}
