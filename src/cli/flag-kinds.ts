// The kinds of flags and arguments that commands declare, in Docker's types. Each makes an oclif definition whose
// parse function reports a bad value in Docker's words.

import type {Arg, BooleanFlag, OptionFlag} from '@oclif/core/interfaces';
import {EngineError} from '../errors.ts';
import {flagLabel, unmark} from './docker-argv.ts';
import {UsageError} from './usage-error.ts';

export interface FlagSpec {
  description: string;
  /** The one-letter form. */
  char?: Letter;
  /** Docker's other long names of the flag, such as --net. */
  aliases?: string[];
  /** The word for the value in help; each kind has its own. */
  helpValue?: string;
  hidden?: boolean;
  /** What it stands for without `=VALUE`. */
  bareValue?: string;
}

type Letter = NonNullable<OptionFlag<string>['char']>;

/** A switch. `--flag=false` reaches the command as false, an absent switch as undefined. */
export function toggle(spec: FlagSpec): BooleanFlag<boolean | undefined> {
  return definition({...spec, type: 'boolean', allowNo: true, parse: async (value: boolean) => value});
}

/** One text value. */
export const text = parsed('string', (value) => value);

/** A whole number, maybe negative. */
export const integer = parsed('int', parseInteger);

/** A flag that may be repeated. */
export const list = parsedList('list', (value) => value);

/** A flag whose text becomes a value. `parse` may throw; its message is put behind the flag's name. */
export function parsed<T>(helpValue: string, parse: (text: string) => T) {
  return (spec: FlagSpec): OptionFlag<T | undefined> =>
    definition({helpValue, ...spec, type: 'option', input: [], parse: parserOf(parse)});
}

/** A flag that may be repeated, each text becoming a value. */
export function parsedList<T>(helpValue: string, parse: (text: string) => T) {
  return (spec: FlagSpec): OptionFlag<T[] | undefined> =>
    definition({
      helpValue,
      ...spec,
      type: 'option',
      input: [],
      multiple: true,
      multipleNonGreedy: true,
      parse: parserOf(parse),
    });
}

// oclif's types infer a definition's from overloads that fit no function here; these objects are what they stand for.
function definition<T>(shape: object): T {
  return shape as T;
}

function parserOf<T>(parse: (text: string) => T) {
  return async (marked: string, context: unknown, flag: {name?: string; char?: string}): Promise<T> => {
    const value = unmark(marked);
    try {
      return parse(value);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw badValue(commandOf(context), value, flagLabel(flag.name ?? '', flag.char), error);
    }
  };
}

/** A required argument. */
export function argument(description: string): Arg<string> {
  return definition({...anArgument(description), required: true});
}

/** An argument that may be left out. */
export function optionalArgument(description: string): Arg<string | undefined> {
  return definition(anArgument(description));
}

/** One or more arguments. */
export function someArguments(description: string): Arg<string[]> {
  return definition({...anArgument(description), required: true, multiple: true});
}

/** Any number of arguments. */
export function anyArguments(description: string): Arg<string[] | undefined> {
  return definition({...anArgument(description), multiple: true});
}

function anArgument(description: string) {
  return {description, ignoreStdin: true, input: [], type: 'option', parse: async (value: string) => value};
}

function parseInteger(value: string): number {
  if (!/^[+-]?\d+$/.test(value) || !Number.isSafeInteger(Number(value)))
    throw new Error('must be a whole number');
  return Number(value);
}

function badValue(command: string, value: string, label: string, cause: Error): UsageError {
  const hint = cause instanceof EngineError ? cause.hint : undefined;
  return new UsageError(`invalid argument "${value}" for "${label}" flag: ${cause.message}`, {
    exit: 125,
    hint: hint ?? `see '${command} --help'`,
    cause,
  });
}

// oclif hands parse functions a copy of the command's own properties.
function commandOf(context: unknown): string {
  const id = (context as {id?: unknown} | undefined)?.id;
  return typeof id === 'string' ? `crundle ${id.replaceAll(':', ' ')}` : 'crundle';
}
