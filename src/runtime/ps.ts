// ps(1) of procps: the processes of a container, in the columns that a person asks for.
import {EngineError, isEngineError} from '../errors.ts';
import {runProgram} from '../system/program.ts';

export interface ProcessTable {
  titles: string[];
  /** As many cells as there are titles; the last one holds the rest of the line. */
  processes: string[][];
}

/** As `docker top` without options. */
const defaultArgs = ['-ef'];

/**
 * Runs `ps ARGS`, and keeps the lines of these processes. Throws EngineError 'invalid-option' with what ps says of its
 * arguments, or when its answer has no column PID.
 */
export async function listProcesses(pids: readonly number[], args: readonly string[]): Promise<ProcessTable> {
  const words = args.length > 0 ? args.join(' ').split(' ') : defaultArgs;
  checkColumns(words.join(' '));
  // Some options do not go together with -q: then ps lists all processes there are.
  const chosen = await run([...words, `-q${pids.join(',')}`]);
  const answer = chosen.status === 0 ? chosen : await run(words);
  if (answer.status !== 0) {
    throw new EngineError('invalid-option', `ps: ${answer.stderr.split('\n', 1)[0] ?? ''}`, {
      hint: "the options are those of ps: 'man ps'",
    });
  }
  return readProcesses(answer.stdout, pids);
}

async function run(args: string[]): Promise<{status: number; stdout: string; stderr: string}> {
  try {
    return await runProgram('/usr/bin/ps', args, {
      okStatuses: [0, 1, 2],
      reads: true,
      install: 'install it with: apt install procps',
    });
  } catch (error) {
    if (!isEngineError(error, 'program-failed')) throw error;
    return {status: -1, stdout: '', stderr: error.message};
  }
}

// A column of another name that is called PID would let any process pass for one of the container's.
function checkColumns(args: string): void {
  for (const [, column = '', title = ''] of args.matchAll(/\s(\S*)=\s*(PID\S*)/g)) {
    if (column === 'pid') continue;
    throw new EngineError('invalid-option', `specifying "${column}=${title}" is not allowed`);
  }
}

/** Pure part of {@link listProcesses}. */
export function readProcesses(text: string, pids: readonly number[]): ProcessTable {
  const [head = '', ...lines] = text.split('\n').filter((line) => line !== '');
  const titles = fieldsOf(head);
  const pidColumn = titles.indexOf('PID');
  if (pidColumn === -1) {
    throw new EngineError('invalid-option', "couldn't find PID field in ps output", {
      hint: "ask for it too, as in '-o pid,comm'",
    });
  }
  const processes: string[][] = [];
  let isWanted = false;
  for (const line of lines) {
    const fields = fieldsOf(line);
    const pid = fields[pidColumn] ?? '';
    // Of a thread ('m'), which stands below its process.
    if (pid !== '-') isWanted = pids.includes(Number(pid));
    if (isWanted) processes.push(cells(fields, titles.length));
  }
  return {titles, processes};
}

function cells(fields: readonly string[], count: number): string[] {
  return [...fields.slice(0, count - 1), fields.slice(count - 1).join(' ')];
}

function fieldsOf(line: string): string[] {
  return line.split(/[\t\n\f\r ]+/).filter((field) => field !== '');
}
