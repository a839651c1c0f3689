// `--change`: Dockerfile instructions that change what an image says of its containers. Pure. Follows moby's
// builder/dockerfile and BuildKit's instructions, and their words.
import {posix} from 'node:path';
import {portName} from '../../../bundles/exposed-ports.ts';
import {parsePortRange, splitProtocol} from '../../../bundles/options/port-range.ts';
import {parseSignal} from '../../../bundles/options/signal.ts';
import type {ImageRuntimeConfig} from '../../oci/image-spec.ts';
import {dockerfileError} from './dockerfile-error.ts';
import {expandWord, expandWords} from './expand-variables.ts';
import {mergeHealthcheck, readHealthcheck} from './healthcheck-instruction.ts';
import {type Instruction, parseInstruction, readInstructions} from './instruction-lines.ts';
import {splitAtSpaces, splitWords, stringList} from './words.ts';

/**
 * The config with these instructions applied, each one or several lines; variables in them are those of its Env. Throws
 * EngineError 'invalid-option' in Docker's words, for an instruction that is none of a config too.
 */
export function changeConfig(config: ImageRuntimeConfig, changes: readonly string[]): ImageRuntimeConfig {
  if (changes.length === 0) return config;
  const instructions = readInstructions(changes.join('\n'));
  for (const {name} of instructions) {
    if (appliers.has(name)) continue;
    throw dockerfileError(`${name} is not a valid change command`, `one of ${names.join(', ')} is`);
  }
  const draft: Draft = {config: structuredClone(config), isCmdSet: false};
  for (const instruction of instructions) appliers.get(instruction.name)?.(draft, instruction);
  return withoutEmpty(draft.config, config);
}

interface Draft {
  config: ImageRuntimeConfig;
  isCmdSet: boolean;
}

type Apply = (draft: Draft, instruction: Instruction) => void;

const appliers = new Map<string, Apply>(
  Object.entries({
    cmd(draft, instruction) {
      refuseFlags(instruction);
      draft.config.Cmd = commandLine(draft, instruction.args);
      if (instruction.args !== '') draft.isCmdSet = true;
    },
    entrypoint(draft, instruction) {
      refuseFlags(instruction);
      const list = instruction.args === '' ? [] : commandLine(draft, instruction.args);
      draft.config.Entrypoint = list.length === 0 ? null : list;
      if (!draft.isCmdSet) draft.config.Cmd = null;
    },
    env(draft, instruction) {
      const env = draft.config.Env ?? [];
      const before = [...env];
      for (const [name, value] of pairsOf('ENV', instruction, before)) {
        const index = env.findIndex((entry) => entry === name || entry.startsWith(`${name}=`));
        env.splice(index < 0 ? env.length : index, 1, `${name}=${value}`);
      }
      draft.config.Env = env;
    },
    expose({config}, instruction) {
      const words = splitAtSpaces(need('EXPOSE', instruction));
      const ports = words.sort().flatMap((word) => expandWords(word, config.Env ?? []));
      for (const port of ports.flatMap(readPorts)) config.ExposedPorts = {...config.ExposedPorts, [port]: {}};
    },
    healthcheck({config}, instruction) {
      config.Healthcheck = mergeHealthcheck(readHealthcheck(instruction), config.Healthcheck);
    },
    label({config}, instruction) {
      for (const [name, value] of pairsOf('LABEL', instruction, config.Env ?? []))
        config.Labels = {...config.Labels, [name]: value};
    },
    onbuild({config}, instruction) {
      const {name} = parseInstruction(need('ONBUILD', instruction));
      if (name === 'onbuild') throw dockerfileError("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
      if (name === 'maintainer' || name === 'from')
        throw dockerfileError(`${name.toUpperCase()} isn't allowed as an ONBUILD trigger`);
      config.OnBuild = [...(config.OnBuild ?? []), instruction.line.replace(/^\s*onbuild\s*/i, '')];
    },
    stopsignal({config}, instruction) {
      const signal = one('STOPSIGNAL', instruction, config);
      parseSignal(signal);
      config.StopSignal = signal;
    },
    user({config}, instruction) {
      config.User = one('USER', instruction, config);
    },
    volume({config}, instruction) {
      const {args} = instruction;
      const paths = stringList(args) ?? splitAtSpaces(need('VOLUME', instruction));
      for (const path of paths.map((text) => text.trim())) {
        if (path === '') throw dockerfileError('VOLUME specified can not be an empty string');
        config.Volumes = {...config.Volumes, [expandWord(path, config.Env ?? [])]: {}};
      }
    },
    workdir({config}, instruction) {
      const path = one('WORKDIR', instruction, config);
      if (path === '') throw dockerfileError('cannot normalize nothing');
      config.WorkingDir = posix.isAbsolute(path) ? path : posix.join('/', config.WorkingDir ?? '', path);
    },
  } satisfies Record<string, Apply>),
);

const names = [...appliers.keys()].map((name) => name.toUpperCase());

// As the daemon merges the changed config into the container's: what is empty afterwards is what it was.
function withoutEmpty(
  {Entrypoint, Cmd, ...changed}: ImageRuntimeConfig,
  before: ImageRuntimeConfig,
): ImageRuntimeConfig {
  const isEmpty = (list: readonly string[] | null | undefined) => !list || list.length === 0;
  const entrypoint = Entrypoint ?? before.Entrypoint;
  const cmd = isEmpty(Entrypoint) && isEmpty(Cmd) ? before.Cmd : Cmd;
  return {
    ...changed,
    ...(entrypoint !== undefined && {Entrypoint: entrypoint}),
    ...(cmd !== undefined && {Cmd: cmd}),
  };
}

/** A JSON list as it is; anything else for the image's shell. */
function commandLine({config}: Draft, args: string): string[] {
  const shell = config.Shell && config.Shell.length > 0 ? config.Shell : ['/bin/sh', '-c'];
  return stringList(args) ?? (args === '' ? [...shell] : [...shell, args]);
}

function refuseFlags({flags: [flag]}: Instruction): void {
  if (flag !== undefined) throw dockerfileError(`Unknown flag: ${flag.slice(2).split('=')[0]}`);
}

function need(name: string, instruction: Instruction): string {
  refuseFlags(instruction);
  if (instruction.args === '') throw dockerfileError(`${name} requires at least one argument`);
  return instruction.args;
}

function one(name: string, instruction: Instruction, {Env}: ImageRuntimeConfig): string {
  refuseFlags(instruction);
  if (instruction.args === '') throw dockerfileError(`${name} requires exactly one argument`);
  return expandWord(instruction.args, Env ?? []);
}

function pairsOf(name: string, instruction: Instruction, env: readonly string[]): [string, string][] {
  return readPairs(name, need(name, instruction)).map(([key, value]) => {
    if (key === '') throw dockerfileError(`${name} names can not be blank`);
    return [expandWord(key, env), expandWord(value, env)];
  });
}

// `NAME VALUE`, the old form, where the first word has no '='; else `NAME=VALUE …`.
function readPairs(name: string, args: string): [string, string][] {
  const words = splitWords(args);
  if (words[0]?.includes('=')) return words.map(splitPair);
  const [, key, value] = /^(\S+)[\t\v\f\r ]+(.*)$/s.exec(args) ?? [];
  if (key === undefined || value === undefined) throw dockerfileError(`${name} must have two arguments`);
  return [[key, value]];
}

function splitPair(word: string): [string, string] {
  const equals = word.indexOf('=');
  if (equals >= 0) return [word.slice(0, equals), word.slice(equals + 1)];
  throw dockerfileError(
    `Syntax error - can't find = in ${JSON.stringify(word)}. Must be of the form: name=value`,
  );
}

// A port of the host in front of it, or an address, says nothing of the image.
function readPorts(text: string): string[] {
  const {port, protocol} = splitProtocol(text.slice(text.lastIndexOf(':') + 1));
  const range = parsePortRange(port);
  if (!range) throw dockerfileError(`Invalid containerPort: ${port}`);
  return Array.from({length: range.last - range.first + 1}, (_, index) =>
    portName(range.first + index, protocol),
  );
}
