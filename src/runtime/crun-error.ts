// What crun's complaints mean: its text in, the engine's error out, in Docker's words where Docker has them. Pure.
import {stripVTControlCharacters} from 'node:util';
import {EngineError, type EngineErrorOptions, type ErrorCode} from '../errors.ts';

export interface CrunFailure {
  /** What crun was asked to do, on what: 'cannot start container 0123456789ab'. */
  task: string;
  /** What crun wrote to its standard error. */
  text: string;
  /** The first word of the command, when a command was to be run. */
  command?: string;
}

interface Rule {
  pattern: RegExp;
  code: ErrorCode;
  message(match: RegExpMatchArray, failure: CrunFailure): string;
  options: EngineErrorOptions;
}

const rules: readonly Rule[] = [
  {
    pattern: /executable file `(.*?)` not found/,
    code: 'command-not-found',
    message: (match) =>
      match[1]?.includes('/')
        ? `exec: "${match[1]}": no such file or directory`
        : `exec: "${match[1]}": executable file not found in $PATH`,
    options: {exit: 127},
  },
  {
    // crun says EPERM of a folder, EACCES of a file without an x bit.
    pattern:
      /(?:open executable|the path `(.*?)` (?:exists but it is not executable|is not a regular file)): [A-Z]/,
    code: 'command-not-executable',
    message: (match, {command}) => `exec: ${quoted(match[1] ?? command)}: permission denied`,
    options: {exit: 126, hint: 'it is a folder, or no x bit in its mode lets this user run it'},
  },
  {
    // `start` names the file, `exec` does not.
    pattern: /exec(?: container process `(.*)`)?: Exec format error/,
    code: 'command-not-executable',
    message: (match, {command}) => `exec: ${quoted(match[1] ?? command)}: exec format error`,
    options: {exit: 126, hint: 'it is made for another processor, or is a script without a #! line'},
  },
  {
    pattern: /exec(?: container process \(missing dynamic library\?\) `(.*)`)?: No such file/,
    code: 'command-not-found',
    message: (match, {command}) => `exec: ${quoted(match[1] ?? command)}: its interpreter is not there`,
    options: {
      exit: 127,
      hint: 'the image lacks the dynamic loader that it names, or what stands after its #!',
    },
  },
  {
    pattern: /exec container process `(.*)`: (.*)/,
    code: 'command-not-executable',
    message: (match) => `exec: "${match[1]}": ${lower(match[2])}`,
    options: {exit: 126},
  },
  {
    pattern: /chdir(?: to)? `(.*?)`: (.*)/,
    code: 'command-not-executable',
    message: (match) => `cannot enter the working directory ${match[1]}: ${lower(match[2])}`,
    options: {exit: 126},
  },
  {
    pattern: /(?:error stat'ing file|cannot stat) `(.*?)`: No such file/,
    code: 'invalid-option',
    message: (match) => `bind source path does not exist: ${match[1]}`,
    options: {exit: 125},
  },
  {
    pattern: /OOM: the memory limit could be too low/,
    code: 'invalid-option',
    message: (_, {task}) => `${task}: the memory limit is too low for any process`,
    options: {exit: 125},
  },
  {
    pattern:
      /error opening file `[^`]*\/status`: No such file|cannot open directory [`'][^`']*[`']: No such file|container `?[^ ]*`? does not exist/,
    code: 'container-not-running',
    message: (_, {task}) => `${task}: crun does not know it`,
    options: {},
  },
  {
    pattern: /the container `[^`]*` is paused/,
    code: 'container-paused',
    message: (_, {task}) => `${task}: it is paused`,
    options: {hint: 'unpause it first'},
  },
  {
    pattern: /(?:container|the container) `?[^ ]*`? is not running|: No such process$/,
    code: 'container-not-running',
    message: (_, {task}) => `${task}: it is not running`,
    options: {},
  },
];

/** The first rule that knows the text decides; else 'program-failed', exit 125, with what crun said. */
export function crunError(failure: CrunFailure): EngineError {
  const text = cleanCrunText(failure.text);
  for (const rule of rules) {
    const match = rule.pattern.exec(text);
    if (match) return new EngineError(rule.code, rule.message(match, failure), rule.options);
  }
  const reason = text === '' ? 'crun failed and did not say why' : text;
  return new EngineError('program-failed', `${failure.task}: ${reason}`, {exit: 125});
}

/**
 * What the container's process itself says when it cannot become the command, after `crun start` has succeeded: the
 * only output, on stderr, beside exit code 1. Undefined for any other output.
 */
export function execFailure(output: string): EngineError | undefined {
  const text = cleanCrunText(output);
  if (!text.startsWith('exec container process ') || output.trim().includes('\n')) return undefined;
  return crunError({task: 'exec', text});
}

/** Without the colours, the time, the level and the name that crun may put around the text. */
export function cleanCrunText(text: string): string {
  return stripVTControlCharacters(text)
    .trim()
    .split('\n')
    .map((line) => line.replace(/^(?:\d{4}-\d\d-\d\dT[\d:.]+Z?:?\s+)?(?:crun: )?(?:\[\w+\]:? )?/, ''))
    .filter((line) => line !== '')
    .join('; ');
}

function quoted(command: string | undefined): string {
  return command === undefined ? 'the command' : `"${command}"`;
}

function lower(text = ''): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
