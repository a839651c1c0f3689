// Compressions that Node.js does not know, undone by the system's own programs.
import {spawn} from 'node:child_process';
import {Readable} from 'node:stream';
import {EngineError, errnoOf} from '../errors.ts';
import {programEnvironment} from './program.ts';

const magics = [
  {program: 'xz', magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]), install: 'apt install xz-utils'},
  {program: 'bzip2', magic: Buffer.from('BZh'), install: 'apt install bzip2'},
] as const;

export type OutsideProgram = (typeof magics)[number]['program'];

/** The program that undoes what begins like this. */
export function outsideProgramFor(start: Buffer): OutsideProgram | undefined {
  return magics.find(({magic}) => start.subarray(0, magic.length).equals(magic))?.program;
}

/**
 * The plain bytes. Ends the program when the reader stops. Throws EngineError 'program-missing', and 'program-failed' for data
 * that is damaged or cut short.
 */
export async function* decompressOutside(
  program: OutsideProgram,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer> {
  const child = spawn(program, ['-dc'], {stdio: ['pipe', 'pipe', 'pipe'], env: programEnvironment()});
  const ended = new Promise<{status: number | null; error?: Error}>((resolve) => {
    child.once('error', (error) => resolve({status: null, error}));
    child.once('close', (status) => resolve({status}));
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-600);
  });
  // It may end before it has read everything: then its status tells.
  child.stdin.on('error', () => undefined);
  let failure: unknown;
  const input = Readable.from(bytes, {objectMode: false});
  input.once('error', (error) => {
    failure = error;
    child.kill('SIGKILL');
  });
  input.pipe(child.stdin);
  try {
    yield* child.stdout;
    const {status, error} = await ended;
    if (failure !== undefined) throw failure;
    if (error) throw missing(program, error);
    if (status !== 0) throw new EngineError('program-failed', `'${program} -dc' failed: ${said.trim()}`);
  } finally {
    input.destroy();
    child.kill('SIGKILL');
  }
}

function missing(program: string, error: Error): Error {
  if (errnoOf(error) !== 'ENOENT') return error;
  return new EngineError('program-missing', `cannot run ${program}: it is not installed`, {
    hint: magics.find((one) => one.program === program)?.install ?? '',
    cause: error,
  });
}
