// The lines of a Dockerfile as instructions: comments dropped, continued lines joined, flags split off. Pure.
// Follows BuildKit's frontend/dockerfile/parser, and its words.
import {dockerfileError} from './dockerfile-error.ts';
import {takeFlags} from './words.ts';

export interface Instruction {
  /** In lower case: 'cmd'. */
  name: string;
  /** `--interval=5s`, quotes taken away. */
  flags: string[];
  /** The rest of the line, as it stands. */
  args: string;
  /** The whole line, joined. */
  line: string;
}

/** Throws EngineError 'invalid-option' when there is none. */
export function readInstructions(text: string): Instruction[] {
  const instructions: Instruction[] = [];
  let joined: string | undefined;
  for (const raw of text.split(/\r?\n/)) {
    // Passed over, also within a line that goes on.
    if (raw.trim() === '' || raw.trimStart().startsWith('#')) continue;
    const {line, isContinued} = continuation(joined === undefined ? raw.trimStart() : raw);
    joined = (joined ?? '') + line;
    if (isContinued) continue;
    instructions.push(parseInstruction(joined));
    joined = undefined;
  }
  if (joined !== undefined && joined.trim() !== '') instructions.push(parseInstruction(joined));
  if (instructions.length === 0) throw dockerfileError('file with no instructions');
  return instructions;
}

/** One line, such as the one behind ONBUILD. */
export function parseInstruction(line: string): Instruction {
  const [, name = '', rest = ''] = /^(\S+)[\t\v\f\r ]*(.*)$/s.exec(line.trim()) ?? [];
  const {flags, rest: args} = takeFlags(rest);
  return {name: name.toLowerCase(), flags, args: args.trim(), line};
}

function continuation(line: string): {line: string; isContinued: boolean} {
  const cut = line.replace(/\\[ \t]*$/, '');
  return {line: cut, isContinued: cut !== line};
}
