import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {cleanCrunText, crunError, execFailure} from '../../src/runtime/crun-error.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {createRuntimeContainer, runToEnd} from '../support/runtime-container.ts';

const test = suite('crun');

test('a container is listed with its state through its life', async () => {
  const container = await createRuntimeContainer(['sleep', '100']);
  const {crun, id} = container;
  const status = async () => (await crun.state(id))?.status;
  assert.is(await status(), 'created');
  await crun.start(id);
  assert.is(await status(), 'running');
  const [listed] = await crun.list();
  assert.equal([listed?.id, listed?.pid, listed?.bundle], [id, container.pid, container.runFolder]);
  assert.ok(Math.abs((listed?.createdAt.getTime() ?? 0) - Date.now()) < 10_000);
  await crun.pause(id);
  // On cgroup v1 the kernel takes a moment to stop every thread.
  for (let tries = 0; (await status()) !== 'paused' && tries < 100; tries += 1);
  assert.is(await status(), 'paused');
  await crun.resume(id);
  assert.is(await status(), 'running');
  await crun.kill(id, 'KILL', {all: true});
  assert.is((await container.exit()).exitCode, 137);
  assert.is(await status(), 'stopped');
  await crun.delete(id);
  await crun.delete(id);
  assert.is(await status(), undefined);
  await container.remove();
});

test('a paused container can be removed by force', async () => {
  const container = await createRuntimeContainer(['sleep', '100']);
  await container.crun.start(container.id);
  await container.crun.pause(container.id);
  await container.crun.delete(container.id, {force: true});
  assert.is((await container.exit()).exitCode, 137);
  await container.remove();
});

test('a signal to a container that has ended says that it is not running', async () => {
  const container = await createRuntimeContainer(['true']);
  await container.crun.start(container.id);
  await container.exit();
  const error = await engineErrorOf(() => container.crun.kill(container.id, 'TERM'));
  assert.is(error.code, 'container-not-running', error.message);
  await container.remove();
});

test('starting or signalling what crun does not know is an error that names it', async () => {
  const {crun, remove} = await createRuntimeContainer(['true']);
  for (const call of [() => crun.start('nope'), () => crun.kill('nope', 9), () => crun.pause('nope')]) {
    const error = await engineErrorOf(call);
    assert.is(error.code, 'container-not-running');
    assert.match(error.message, /container nope: crun does not know it$/);
  }
  await remove();
});

test('an executable for another processor is said to be that, once started', async () => {
  const run = await runToEnd(['/bad'], {
    configure: (config) =>
      // A folder of the host: not ELF, and without a first line that names an interpreter.
      config.mounts.push({destination: '/bad', type: 'bind', source: '/bin/dash', options: ['bind', 'ro']}),
  });
  assert.is(run.exitCode === 0, false);
  assert.is(execFailure(run.stderr)?.code, 'command-not-found');
});

test('what the process of a container says when it cannot become the command is understood', () => {
  for (const [text, code, message, exit] of [
    [
      'exec container process `/x`: Exec format error',
      'command-not-executable',
      'exec: "/x": exec format error',
      126,
    ],
    [
      'exec container process (missing dynamic library?) `/x`: No such file or directory\n',
      'command-not-found',
      'exec: "/x": its interpreter is not there',
      127,
    ],
    [
      'exec container process `/x`: Text file busy',
      'command-not-executable',
      'exec: "/x": text file busy',
      126,
    ],
  ] as const) {
    const error = execFailure(text);
    assert.equal([error?.code, error?.message, error?.oclif.exit], [code, message, exit]);
  }
  assert.is(execFailure('exec container process `/x`: Exec format error\nand more'), undefined);
  assert.is(execFailure('some program: Exec format error'), undefined);
});

test('what older and newer versions of crun say means the same', () => {
  const codeOf = (text: string) => crunError({task: 't', text, command: '/c'}).code;
  assert.is(codeOf('open executable: Permission denied'), 'command-not-executable');
  assert.is(
    codeOf('the path `/c` exists but it is not executable: Operation not permitted'),
    'command-not-executable',
  );
  assert.is(codeOf('the path `/c` is not a regular file: Operation not permitted'), 'command-not-executable');
  assert.is(codeOf("error stat'ing file `/s`: No such file or directory"), 'invalid-option');
  assert.is(codeOf('cannot stat `/s`: No such file or directory'), 'invalid-option');
  assert.is(
    codeOf("cannot open directory '/run/crun/c': No such file or directory"),
    'container-not-running',
  );
  assert.is(
    codeOf('cannot open directory `/run/crun/c`: No such file or directory'),
    'container-not-running',
  );
});

test('unknown words are kept, without what crun puts around them', () => {
  assert.is(cleanCrunText('\x1b[1;31m2026-11-24T11:10:28.952220Z: odd\x1b[0m\r\n'), 'odd');
  assert.is(cleanCrunText('crun: odd\nand strange\n'), 'odd; and strange');
  const error = crunError({task: 'cannot start container a', text: '[ERROR] odd'});
  assert.equal(
    [error.code, error.message, error.oclif.exit],
    ['program-failed', 'cannot start container a: odd', 125],
  );
  assert.is(crunError({task: 't', text: ''}).message, 't: crun failed and did not say why');
  assert.is(
    crunError({task: 'cannot create container a', text: 'OOM: the memory limit could be too low: read'})
      .message,
    'cannot create container a: the memory limit is too low for any process',
  );
});

test.run();
