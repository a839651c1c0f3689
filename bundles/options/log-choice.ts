// `--log-driver` and `--log-opt`.
import {EngineError} from '../../src/errors.ts';
import type {LogChoice, LogDriver} from '../log-choice.ts';
import {parseDecimalSize} from './memory-size.ts';
import {optionError} from './option-error.ts';

const drivers: readonly string[] = ['json-file', 'k8s-file', 'journald', 'none'] satisfies LogDriver[];
const dockerDrivers = ['local', 'syslog', 'gelf', 'fluentd', 'awslogs', 'splunk', 'etwlogs', 'gcplogs'];
// What Docker's file driver puts into each line of its JSON, or does with full files.
const dockerOptions = [
  'compress',
  'env',
  'env-regex',
  'labels',
  'labels-regex',
  'max-buffer-size',
  'mode',
  'tag',
];

/** Undefined for the default. Throws EngineError 'invalid-option' in Docker's words, or 'not-supported'. */
export function parseLogDriver(text: string): LogDriver | undefined {
  if (text === '') return undefined;
  if (drivers.includes(text)) return text as LogDriver;
  if (dockerDrivers.includes(text)) {
    throw new EngineError('not-supported', `the log driver ${text} is not supported`, {
      hint: `the drivers are ${drivers.join(', ')}; 'crundle logs -f' feeds any other`,
      exit: 125,
    });
  }
  throw optionError(`error looking up logging plugin ${text}: plugin "${text}" not found`, {
    hint: `the drivers are ${drivers.join(', ')}`,
  });
}

/** `NAME=VALUE` texts for that driver. Throws EngineError 'invalid-option' in Docker's words, or 'not-supported'. */
export function parseLogOptions(texts: readonly string[], driver: LogDriver | undefined): LogChoice {
  if (driver === 'none' && texts.length > 0) throw optionError('invalid logging opts for driver none');
  const choice: LogChoice = {...(driver && {driver}), given: {}};
  for (const text of texts) {
    const equals = text.indexOf('=');
    const name = equals === -1 ? text : text.slice(0, equals);
    const value = equals === -1 ? '' : text.slice(equals + 1);
    setOption(choice, name, value);
    choice.given[name] = value;
  }
  return choice;
}

function setOption(choice: LogChoice, name: string, value: string): void {
  const {driver = 'json-file'} = choice;
  const isFile = driver !== 'journald';
  if (isFile && name === 'max-size') choice.maxSizeBytes = parseSize(value);
  else if (isFile && name === 'max-file') choice.maxFile = parseCount(value);
  else if (isFile && name === 'compress' && value === 'false') return;
  else if (name === 'mode') checkMode(value);
  else if (dockerOptions.includes(name)) {
    throw new EngineError('not-supported', `--log-opt ${name}=${value} is not supported`, {
      hint: isFile
        ? 'the options are max-size and max-file'
        : 'the journal has the id and the name of the container as fields',
      exit: 125,
    });
  } else throw optionError(`unknown log opt '${name}' for ${driver} log driver`);
}

function parseSize(text: string): number {
  const size = parseDecimalSize(text);
  if (size > 0) return size;
  throw optionError('max-size must be a positive number');
}

function parseCount(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw optionError(`strconv.Atoi: parsing "${text}": invalid syntax`);
  if (Number(text) < 1) throw optionError('max-file cannot be less than 1');
  return Number(text);
}

// Nobody waits for a log here: conmon writes it, and the container waits for conmon.
function checkMode(mode: string): void {
  if (mode === 'blocking') return;
  if (mode !== 'non-blocking') throw optionError(`logger: logging mode not supported: ${mode}`);
  throw new EngineError('not-supported', '--log-opt mode=non-blocking is not supported', {
    hint: 'output waits until it is in the log, so that none is lost',
    exit: 125,
  });
}
