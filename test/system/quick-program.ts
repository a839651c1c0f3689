import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type ProgramOptions, type ProgramResult, runProgram} from '../../src/system/program.ts';
import {runQuickProgram} from '../../src/system/quick-program.ts';
import {engineErrorOf} from '../support/engine-error.ts';

type Run = (program: string, args: readonly string[], options?: ProgramOptions) => Promise<ProgramResult>;

// One contract, two ways to keep it.
for (const [name, run] of Object.entries<Run>({runProgram, runQuickProgram})) {
  const test = suite(name);

  test('gives both outputs and the status', async () => {
    assert.equal(await run('sh', ['-c', 'echo out; echo err >&2; exit 3'], {okStatuses: [3]}), {
      stdout: 'out\n',
      stderr: 'err\n',
      status: 3,
    });
  });

  test('passes input, and an environment of its own', async () => {
    assert.is((await run('cat', [], {input: 'text'})).stdout, 'text');
    assert.is((await run('cat', [])).stdout, '');
    const {stdout} = await run('env', [], {env: {ADDED: '1'}});
    assert.equal(
      stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split('=')[0])
        .sort(),
      ['ADDED', 'LC_ALL', 'PATH'],
    );
  });

  test('survives a program that does not read its input', async () => {
    assert.is((await run('true', [], {input: 'x'.repeat(1_000_000)})).status, 0);
  });

  test('names a program that is not there, and how to get it', async () => {
    const error = await engineErrorOf(() => run('no-such-program', [], {install: 'apt install it'}));
    assert.equal([error.code, error.hint], ['program-missing', 'apt install it']);
  });

  test('names the call, the status and the last words of a failure', async () => {
    const error = await engineErrorOf(() => run('sh', ['-c', 'echo why >&2; exit 4']));
    assert.equal(
      [error.code, error.message],
      ['program-failed', "'sh -c echo why >&2; exit 4' exited with 4: why"],
    );
    assert.match(
      (await engineErrorOf(() => run('sh', ['-c', 'kill -9 $$']))).message,
      /was ended by SIGKILL$/,
    );
  });

  test('ends a program at its time limit, and when it is cancelled', async () => {
    assert.is((await engineErrorOf(() => run('sleep', ['9'], {timeoutMs: 50}))).code, 'program-timeout');
    const signal = AbortSignal.timeout(50);
    assert.is((await engineErrorOf(() => run('sleep', ['9'], {signal}))).code, 'cancelled');
    assert.is((await engineErrorOf(() => run('sleep', ['9'], {signal}))).code, 'cancelled');
  });

  test.run();
}
