// Rewrites a command line of Docker's grammar (pflag) into one that oclif's parser reads the same way. Knows flags
// only by the command's own table; never looks at what a value means.
//
// What oclif lacks and is settled here: clusters (`-itd`), `--flag=false`, flags that stop at the first argument,
// values that look like flags, and Docker's "the last one wins".

import {closestName} from '../config/closest-name.ts';
import {UsageError} from './usage-error.ts';

/** What the rewriting needs to know of a flag; oclif's flag definitions have this shape. */
export interface FlagShape {
  type: 'boolean' | 'option';
  char?: string | undefined;
  aliases?: string[];
  multiple?: boolean | undefined;
  hidden?: boolean | undefined;
  /** What the flag stands for without `=VALUE`; then it takes no word after it, as pflag's NoOptDefVal. */
  bareValue?: string | undefined;
}

export interface DockerGrammar {
  /** As in `crundle run`, for messages. */
  command: string;
  flags: Record<string, FlagShape>;
  /** Docker's flags that cannot be honoured yet: name to reason. */
  unsupported?: Record<string, string>;
  /** Short names of unsupported flags, to their long ones. */
  unsupportedChars?: Record<string, string>;
  /** Everything from the first argument on belongs to that argument: run, create, exec. */
  stopsAtFirstArgument?: boolean;
  /** Flags may stand on both sides of the first argument: bundle. */
  stopsAtSecondArgument?: boolean;
}

export interface RewrittenArgv {
  /** For oclif's parser: flags, each in its long form with its value apart, then `--` and the arguments. */
  argv: string[];
  arguments: string[];
  wantsHelp: boolean;
}

/** Put before a value that oclif would take for a flag; {@link unmark} removes it. No argument can contain NUL. */
const MARK = '\0';

/** A flag's value as it was typed. Every flag's parse function starts with this. */
export function unmark(value: string): string {
  return value.startsWith(MARK) ? value.slice(1) : value;
}

/** Throws `invalid-option` (exit 125) in pflag's words: unknown flag, missing value, bad boolean, unsupported flag. */
export function rewriteDockerArgv(argv: string[], grammar: DockerGrammar): RewrittenArgv {
  const found = new FoundFlags();
  const positional: string[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      positional.push(...rest);
      break;
    }
    if (word === '-' || !word.startsWith('-')) {
      positional.push(word);
      const belongsToArgument = grammar.stopsAtSecondArgument
        ? positional.length === 2
        : grammar.stopsAtFirstArgument;
      if (!belongsToArgument) continue;
      positional.push(...rest);
      break;
    }
    const wantsHelp = word.startsWith('--')
      ? takeLong(word, rest, grammar, found)
      : takeCluster(word, rest, grammar, found);
    if (wantsHelp) return {argv: [], arguments: [], wantsHelp};
  }
  return {argv: [...found.words(), '--', ...positional], arguments: positional, wantsHelp: false};
}

function takeLong(word: string, rest: string[], grammar: DockerGrammar, found: FoundFlags): boolean {
  const equals = word.indexOf('=');
  const typed = word.slice(2, equals === -1 ? undefined : equals);
  if (typed === 'help') return true;
  const name = longName(typed, grammar);
  const flag = name === undefined ? undefined : grammar.flags[name];
  if (name === undefined || flag === undefined) throw unknownFlag(`--${typed}`, typed, grammar);
  const inline = equals === -1 ? undefined : word.slice(equals + 1);
  if (flag.type === 'boolean') {
    found.add(name, flag, inline === undefined ? true : parseBoolean(inline, name, flag, grammar));
    return false;
  }
  const value = inline ?? flag.bareValue ?? rest.shift();
  if (value === undefined) throw usageError(grammar, `flag needs an argument: --${typed}`);
  found.add(name, flag, value);
  return false;
}

function takeCluster(word: string, rest: string[], grammar: DockerGrammar, found: FoundFlags): boolean {
  for (let at = 1; at < word.length; at++) {
    const char = word.charAt(at);
    const entry = Object.entries(grammar.flags).find(([, flag]) => flag.char === char);
    if (entry === undefined) {
      const unsupported = grammar.unsupportedChars?.[char];
      if (unsupported !== undefined)
        throw unsupportedFlag(`-${char}, --${unsupported}`, unsupported, grammar);
      if (char === 'h') return true;
      throw usageError(
        grammar,
        `unknown shorthand flag: '${char}' in ${word}`,
        meantCluster(word, char, grammar),
      );
    }
    const [name, flag] = entry;
    const inline = word.slice(at + 1);
    if (flag.type === 'boolean') {
      if (!inline.startsWith('=')) {
        found.add(name, flag, true);
        continue;
      }
      found.add(name, flag, parseBoolean(inline.slice(1), name, flag, grammar));
      return false;
    }
    const value = inline === '' ? rest.shift() : inline.replace(/^=/, '');
    if (value === undefined) throw usageError(grammar, `flag needs an argument: '${char}' in ${word}`);
    found.add(name, flag, value);
    return false;
  }
  return false;
}

/** The flags seen, in order; of a flag that is not a list only the last. */
class FoundFlags {
  readonly #list: {name: string; value: string | boolean}[] = [];

  add(name: string, flag: FlagShape, value: string | boolean): void {
    const before = flag.multiple ? -1 : this.#list.findIndex((one) => one.name === name);
    if (before !== -1) this.#list.splice(before, 1);
    this.#list.push({name, value});
  }

  words(): string[] {
    return this.#list.flatMap(({name, value}) => {
      if (value === true) return [`--${name}`];
      if (value === false) return [`--no-${name}`];
      return [`--${name}`, value.startsWith('-') ? MARK + value : value];
    });
  }
}

function longName(typed: string, grammar: DockerGrammar): string | undefined {
  if (Object.hasOwn(grammar.flags, typed)) return typed;
  return Object.entries(grammar.flags).find(([, flag]) => flag.aliases?.includes(typed))?.[0];
}

/** `-n, --last`, as pflag names a flag in messages. */
export function flagLabel(name: string, char: string | undefined): string {
  return char === undefined ? `--${name}` : `-${char}, --${name}`;
}

// The words strconv.ParseBool accepts.
function parseBoolean(text: string, name: string, flag: FlagShape, grammar: DockerGrammar): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  const label = flagLabel(name, flag.char);
  throw usageError(grammar, `invalid argument "${text}" for "${label}" flag: must be true or false`);
}

function unknownFlag(shown: string, name: string, grammar: DockerGrammar): UsageError {
  if (Object.hasOwn(grammar.unsupported ?? {}, name)) return unsupportedFlag(shown, name, grammar);
  return usageError(grammar, `unknown flag: ${shown}`, meantFlag(name, grammar));
}

function unsupportedFlag(shown: string, name: string, grammar: DockerGrammar): UsageError {
  const reason = grammar.unsupported?.[name];
  return new UsageError(`flag ${shown} is not supported yet`, {
    code: 'not-supported',
    exit: 125,
    ...(reason === undefined ? {} : {hint: reason}),
  });
}

/** A wrong command line: exit 125, as Docker's client has it. `meant` is the flag that was, if it can be told. */
export function usageError(grammar: {command: string}, message: string, meant?: string): UsageError {
  const help = `see '${grammar.command} --help'`;
  return new UsageError(message, {
    exit: 125,
    hint: meant === undefined ? help : `did you mean ${meant}? ${help}`,
  });
}

function meantFlag(typed: string, {flags, unsupported = {}}: DockerGrammar): string | undefined {
  const names = Object.entries(flags).flatMap(([name, flag]) =>
    flag.hidden ? [] : [name, ...(flag.aliases ?? [])],
  );
  const near = closestName(typed, [...names, ...Object.keys(unsupported), 'help']);
  return near && `--${near}`;
}

// `-name` for `--name`, `-D` for `-d`.
function meantCluster(word: string, char: string, grammar: DockerGrammar): string | undefined {
  const [typed = ''] = word.slice(1).split('=');
  if (longName(typed, grammar) !== undefined) return `--${typed}`;
  const other = char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase();
  return Object.values(grammar.flags).some((flag) => flag.char === other) ? `-${other}` : undefined;
}
