import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {ProcessSpec} from '../../src/oci/runtime-spec.ts';
import {execAttached, execDetached} from '../../src/runtime/exec-process.ts';
import type {ExecOptions, ExecSession} from '../../src/runtime/exec-session.ts';
import {execDetachedOnTerminal, execOnTerminal} from '../../src/runtime/exec-terminal.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {
  collect,
  createRuntimeContainer,
  processOf,
  type RuntimeContainer,
  until,
  watchOutput,
} from '../support/runtime-container.ts';

const test = suite<{container: RuntimeContainer}>('exec');
let count = 0;

test.before(async (context) => {
  context.container = await createRuntimeContainer(['sleep', '1000']);
  await context.container.crun.start(context.container.id);
});

test.after(async ({container}) => {
  await container.remove();
});

test("input, both outputs and the exit code are the process's", async ({container}) => {
  const session = execAttached(options(container, ['sh', '-c', 'cat; echo err >&2; exit 7']));
  const output = collect(session.output);
  await session.write(Buffer.from('in\n'));
  session.closeInput();
  assert.equal(await output, {stdout: 'in\n', stderr: 'err\n'});
  assert.is((await session.exit).exitCode, 7);
  assert.equal(leftovers(container), []);
});

test('without input the process reads its end', async ({container}) => {
  const session = execAttached({...options(container, ['cat']), openStdin: false});
  assert.equal(await collect(session.output), {stdout: '', stderr: ''});
  assert.is((await session.exit).exitCode, 0);
});

test('megabytes of output arrive whole at a slow reader', async ({container}) => {
  const session = execAttached(options(container, ['dd', 'if=/dev/zero', 'bs=65536', 'count=80']));
  await sleep(300);
  assert.is((await collect(session.output)).stdout.length, 80 * 65536);
  await session.exit;
});

test("a command that cannot be run has Docker's status, and crun's words are not its output", async ({
  container,
}) => {
  for (const [command, code, message, exit] of [
    ['foo', 'command-not-found', 'exec: "foo": executable file not found in $PATH', 127],
    ['/tmp', 'command-not-executable', 'exec: "/tmp": permission denied', 126],
  ] as const) {
    for (let tries = 0; tries < 5; tries += 1) {
      const session = execAttached(options(container, [command]));
      const output = collect(session.output);
      const error = await engineErrorOf(() => session.exit);
      assert.equal([error.code, error.message, error.oclif.exit], [code, message, exit]);
      assert.equal(await output, {stdout: '', stderr: ''});
    }
    const terminal = await engineErrorOf(() => execOnTerminal(options(container, [command])));
    assert.equal([terminal.code, terminal.message, terminal.oclif.exit], [code, message, exit]);
    const detached = await engineErrorOf(() => execDetached(options(container, [command])));
    assert.equal([detached.code, detached.message, detached.oclif.exit], [code, message, exit]);
  }
  assert.equal(leftovers(container), []);
});

test('a working directory that is not there is named', async ({container}) => {
  const error = await engineErrorOf(() => execAttached(options(container, ['true'], {cwd: '/nowhere'})).exit);
  assert.is(error.message, 'cannot enter the working directory /nowhere: no such file or directory');
});

test('a paused container is said to be paused', async ({container}) => {
  await container.crun.pause(container.id);
  const error = await engineErrorOf(() => execAttached(options(container, ['true'])).exit);
  await container.crun.resume(container.id);
  assert.is(error.code, 'container-paused');
});

test('a signal reaches the process', async ({container}) => {
  const session = execAttached(options(container, ['sleep', '100']));
  await until(() => session.signal('SIGKILL'));
  assert.is((await session.exit).exitCode, 137);
  assert.is(session.signal('SIGKILL'), false);
});

test('a detached process runs on', async ({container}) => {
  await execDetached(options(container, ['sleep', '6']));
  await execDetachedOnTerminal(options(container, ['sleep', '6']));
  const {stdout} = await output(execAttached(options(container, ['ps'])));
  assert.is(stdout.match(/sleep 6\n/g)?.length, 2);
  await until(() => leftovers(container).length === 0);
});

test('a terminal echoes, has a size, and gives the exit code', async ({container}) => {
  const session = await execOnTerminal(
    options(container, ['sh', '-c', 'echo ready; read x; stty size; echo "got $x"; exit 4']),
  );
  session.resize({columns: 100, rows: 30});
  const seen = watchOutput(session.output);
  await until(() => seen.seen() === 'ready\r\n');
  await session.write(Buffer.from('hi\r'));
  assert.equal(await seen.end, {stdout: 'ready\r\nhi\r\n30 100\r\ngot hi\r\n', stderr: ''});
  assert.is((await session.exit).exitCode, 4);
  await until(() => leftovers(container).length === 0);
});

test('no output of a fast command on a terminal is lost', async ({container}) => {
  for (let tries = 0; tries < 5; tries += 1) {
    const session = await execOnTerminal(options(container, ['echo', 'fast']));
    assert.is((await output(session)).stdout, 'fast\r\n');
    assert.is((await session.exit).exitCode, 0);
  }
});

test('leaving a terminal lets the process run, and what it used goes with it', async ({container}) => {
  const session = await execOnTerminal(options(container, ['sleep', '2']));
  const seen = collect(session.output);
  session.close();
  await seen;
  const {stdout} = await output(execAttached(options(container, ['ps'])));
  assert.match(stdout, /sleep 2\n/);
  await until(() => leftovers(container).length === 0);
});

function options(
  container: RuntimeContainer,
  args: string[],
  change: Partial<ProcessSpec> = {},
): ExecOptions {
  count += 1;
  return {
    ...{id: container.id, crunRoot: container.crun.root, openStdin: true},
    execFolder: join(container.runFolder, `exec-${count}`),
    process: processOf(container, args, change),
  };
}

async function output(session: ExecSession) {
  session.closeInput();
  return collect(session.output);
}

function leftovers(container: RuntimeContainer): string[] {
  return readdirSync(container.runFolder).filter((name) => name.startsWith('exec-'));
}

test.run();
