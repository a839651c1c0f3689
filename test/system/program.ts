import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {programPath, runProgram} from '../../src/system/program.ts';
import {runQuickProgram} from '../../src/system/quick-program.ts';
import {engineErrorOf} from '../support/engine-error.ts';

const suiteOfBoth = suite('program');

// Two runners, one contract.
for (const [name, run] of Object.entries({runProgram, runQuickProgram})) {
  const test = (behaviour: string, body: () => Promise<void>) => suiteOfBoth(`${name} ${behaviour}`, body);

  test('gives both outputs and the status', async () => {
    const result = await run('sh', ['-c', 'echo out; echo err >&2']);
    assert.equal(result, {stdout: 'out\n', stderr: 'err\n', status: 0});
  });

  test('passes arguments as they are: no shell reads them', async () => {
    const {stdout} = await run('printf', ['%s|', '$HOME', 'a b', "it's", '*']);
    assert.is(stdout, "$HOME|a b|it's|*|");
  });

  test('gives a fixed environment, and what is added to it', async () => {
    process.env.CRUNDLE_TEST_SECRET = 'not for programs';
    const {stdout} = await run('env', [], {env: {ADDED: 'yes'}});
    assert.equal(stdout.trim().split('\n').sort(), ['ADDED=yes', 'LC_ALL=C.UTF-8', `PATH=${programPath}`]);
  });

  test('gives input as text and bytes, and none by default', async () => {
    assert.is((await run('cat', [], {input: 'text'})).stdout, 'text');
    assert.is((await run('wc', ['-c'], {input: Buffer.from([0, 255])})).stdout, '2\n');
    assert.is((await run('cat', [])).stdout, '');
  });

  test('survives a program that does not read its input', async () => {
    assert.is((await run('true', [], {input: 'x'.repeat(1_000_000)})).status, 0);
  });

  test('does not start what was cancelled before', async () => {
    const error = await engineErrorOf(() => run('sleep', ['60'], {signal: AbortSignal.abort()}));
    assert.is(error.code, 'cancelled');
  });

  test('runs in the folder it is told', async () => {
    assert.is((await run('pwd', [], {cwd: '/usr'})).stdout, '/usr\n');
  });

  test('a status that the caller expects is no failure', async () => {
    assert.is((await run('sh', ['-c', 'exit 3'], {okStatuses: [0, 3]})).status, 3);
  });

  test('any other status is program-failed, with the call and what it said', async () => {
    const error = await engineErrorOf(() => run('sh', ['-c', 'echo it broke >&2; exit 3']));
    assert.is(error.code, 'program-failed');
    assert.is(error.message, "'sh -c echo it broke >&2; exit 3' exited with 3: it broke");
  });

  test('only the end of a long complaint is kept', async () => {
    const error = await engineErrorOf(() =>
      run('sh', ['-c', 'yes 0123456789 | head -n 200 >&2; echo last >&2; exit 1']),
    );
    assert.ok(error.message.endsWith('last'));
    assert.ok(error.message.length < 750);
  });

  test('a program that a signal ends names the signal', async () => {
    const error = await engineErrorOf(() => run('sh', ['-c', 'kill -TERM $$']));
    assert.is(error.code, 'program-failed');
    assert.is(error.message, "'sh -c kill -TERM $$' was ended by SIGTERM");
  });

  test('an absent program is program-missing, with what to install', async () => {
    const error = await engineErrorOf(() => run('crundle-no-such', [], {install: 'apt install nothing'}));
    assert.is(error.code, 'program-missing');
    assert.is(error.message, 'cannot run crundle-no-such: it is not installed');
    assert.is(error.hint, 'apt install nothing');
  });

  test('a program that takes too long is killed: program-timeout', async () => {
    const error = await engineErrorOf(() => run('sleep', ['60'], {timeoutMs: 50}));
    assert.is(error.code, 'program-timeout');
    assert.is(error.message, "'sleep 60' did not end within 50 ms");
  });

  test('an abort ends it: cancelled', async () => {
    const error = await engineErrorOf(() => run('sleep', ['60'], {signal: AbortSignal.timeout(50)}));
    assert.is(error.code, 'cancelled');
    assert.is(error.message, 'sleep was cancelled');
  });
}

suiteOfBoth.run();
