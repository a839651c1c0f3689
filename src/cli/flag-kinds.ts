// The kinds of flags and arguments that commands declare, in Docker's types. Each is an oclif definition whose
// parse function reports a bad value in Docker's words.

import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {EngineError} from '../errors.ts';
import {flagLabel, unmark} from './docker-argv.ts';
import {UsageError} from './usage-error.ts';

/** A switch. `--flag=false` reaches the command as false, an absent switch as undefined. */
export function toggle(options: {char?: Letter; description: string; hidden?: boolean}) {
  return Flags.boolean({...options, allowNo: true});
}

/** One text value; the last one given wins. */
export const text = Flags.custom<string>({helpValue: 'string', parse: async (value) => unmark(value)});

/** A flag that may be repeated, one value each time. */
export const list = Flags.custom<string>({helpValue: 'list', parse: async (value) => unmark(value)});

/** Pass with `list({...repeated})`: oclif's types need the literal. */
export const repeated = {multiple: true, multipleNonGreedy: true} as const;

/** A whole number, maybe negative. */
export const integer = parsed('int', parseInteger);

/** A flag whose text becomes a value. `parse` may throw; its message is put behind the flag's name. */
export function parsed<T>(helpValue: string, parse: (text: string) => T) {
  return Flags.custom<T>({
    helpValue,
    parse: async (marked, context, flag) => {
      const value = unmark(marked);
      try {
        return parse(value);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        const label = flagLabel((flag as {name?: string}).name ?? '', flag.char);
        throw badValue(commandOf(context), value, label, error);
      }
    },
  });
}

/** A required argument. */
export function argument(description: string) {
  return Args.string({description, required: true, ignoreStdin: true});
}

/** An argument that may be left out. */
export function optionalArgument(description: string) {
  return Args.string({description, ignoreStdin: true});
}

/** One or more arguments. */
export function someArguments(description: string) {
  return Args.string({description, required: true, multiple: true, ignoreStdin: true});
}

/** Any number of arguments. */
export function anyArguments(description: string) {
  return Args.string({description, multiple: true, ignoreStdin: true});
}

type Letter = NonNullable<Parameters<typeof Flags.boolean>[0]>['char'] & string;

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
  const id = typeof context === 'object' && context !== null && 'id' in context ? context.id : undefined;
  return typeof id === 'string' ? `crundle ${id.replaceAll(':', ' ')}` : 'crundle';
}
