import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {createArguments, readConmonIdentity} from '../../src/runtime/conmon.ts';
import {waitForExit} from '../../src/runtime/container-exit.ts';
import {Crun} from '../../src/runtime/crun.ts';
import {isAlive} from '../../src/system/process-identity.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {createRuntimeContainer, rootfsPath, runToEnd} from '../support/runtime-container.ts';
import {testHost} from '../support/test-host.ts';

const test = suite('conmon');

test('a created container has a process and a conmon, and has not run its command', async () => {
  const container = await createRuntimeContainer(['sh', '-c', 'echo ran']);
  const state = await container.crun.state(container.id);
  assert.is(state?.status, 'created');
  assert.is(state?.pid, container.pid);
  assert.is(container.process?.pid, container.pid);
  assert.ok(isAlive(container.conmon));
  assert.equal(readConmonIdentity(container.runFolder), container.conmon);
  await container.remove();
  assert.is(await container.crun.state(container.id), undefined);
  assert.equal(await container.crun.list(), []);
});

test("standard output and standard error stay apart, and the exit code is the command's", async () => {
  const run = await runToEnd(['sh', '-c', 'echo out; echo err >&2; exit 7']);
  assert.equal([run.stdout, run.stderr, run.exitCode, run.known], ['out\n', 'err\n', 7, true]);
});

test('a command that a signal ends has 128 and its number', async () => {
  const container = await createRuntimeContainer(['sleep', '100']);
  await container.crun.start(container.id);
  await container.crun.kill(container.id, 'SIGKILL');
  assert.is((await container.exit()).exitCode, 137);
  await container.remove();
});

test('no output of a fast command is lost', async () => {
  for (let count = 0; count < 10; count += 1) assert.is((await runToEnd(['echo', 'fast'])).stdout, 'fast\n');
});

test('conmon is in a session of its own from the first moment', async () => {
  const container = await createRuntimeContainer(['sleep', '100']);
  const [stat] = [String(await readStat(container.conmon.pid))];
  const [, , group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  assert.is.not(Number(session), process.pid);
  assert.is(group, session);
  await container.remove();
});

test('a container lives on when its starter, and the group that it is in, are killed', async () => {
  const module = join(import.meta.dirname, '../support/runtime-container.ts');
  const script = `
    import {createRuntimeContainer} from ${JSON.stringify(module)};
    const command = ['sh', '-c', 'while :; do echo tick; sleep 0.05; done'];
    const {id, pid, conmon, runFolder, logPath, attach, crun} = await createRuntimeContainer(command);
    const {output} = attach();
    await crun.start(id);
    console.log(JSON.stringify({id, pid, conmon, runFolder, logPath}));
    for await (const chunk of output);`;
  const options = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script];
  const starter = spawn(process.execPath, options, {detached: true, stdio: ['ignore', 'pipe', 'inherit']});
  const [line] = await once(starter.stdout, 'data');
  const {id, pid, conmon, runFolder, logPath} = JSON.parse(String(line));
  process.kill(-Number(starter.pid), 'SIGKILL');
  await once(starter, 'exit');
  const size = statSync(logPath).size;
  for (let tries = 0; statSync(logPath).size <= size + 100 && tries < 100; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.ok(statSync(logPath).size > size + 100, 'it goes on writing');
  assert.equal(readConmonIdentity(runFolder), conmon);
  process.kill(pid, 'SIGKILL');
  assert.is((await waitForExit(runFolder, id, conmon)).exitCode, 137);
  await new Crun(join(testHost.runRoot, 'crun')).delete(id);
});

test('the exit command runs after the exit file is written', async () => {
  const proof = join(testHost.tmp, 'proof');
  const id = '0e'.repeat(32);
  const runFolder = join(testHost.runRoot, 'containers', id);
  const container = await createRuntimeContainer(['true'], {
    runFolder,
    exitCommand: ['/bin/cp', '-r', join(runFolder, 'exit'), proof],
  });
  await container.crun.start(container.id);
  await container.exit();
  for (let tries = 0; !existsSync(join(proof, container.id)) && tries < 100; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal(readdirSync(proof), [container.id]);
  await container.remove();
});

test('an executable that is not there is 127, with nothing left', async () => {
  const error = await engineErrorOf(() => createRuntimeContainer(['foo', 'bar']));
  assert.equal(
    [error.code, error.message, error.oclif.exit],
    ['command-not-found', 'exec: "foo": executable file not found in $PATH', 127],
  );
  const absolute = await engineErrorOf(() => createRuntimeContainer(['/foo']));
  assert.equal([absolute.message, absolute.oclif.exit], ['exec: "/foo": no such file or directory', 127]);
  assert.equal(
    readdirSync(join(testHost.runRoot, 'crun')).filter((name) => name !== '.cache'),
    [],
  );
});

test('a file without an x bit and a folder are 126', async () => {
  writeFileSync(join(rootfsPath(), 'plain'), 'text');
  for (const command of ['/plain', '/tmp']) {
    const error = await engineErrorOf(() => createRuntimeContainer([command]));
    assert.equal(
      [error.code, error.message, error.oclif.exit],
      ['command-not-executable', `exec: "${command}": permission denied`, 126],
    );
  }
});

test('a working directory that is a file is 126', async () => {
  const error = await engineErrorOf(() =>
    createRuntimeContainer(['true'], {
      configure: (config) => Object.assign(config.process, {cwd: '/bin/busybox'}),
    }),
  );
  assert.equal(
    [error.message, error.oclif.exit],
    ['cannot enter the working directory /bin/busybox: not a directory', 126],
  );
});

test('a missing mount source is named', async () => {
  const error = await engineErrorOf(() =>
    createRuntimeContainer(['true'], {
      configure: (config) =>
        config.mounts.push({destination: '/mnt', type: 'bind', source: '/nowhere', options: ['bind']}),
    }),
  );
  assert.equal(
    [error.code, error.message, error.oclif.exit],
    ['invalid-option', 'bind source path does not exist: /nowhere', 125],
  );
});

test('a log path with a colon is refused before anything is made', async () => {
  const error = await engineErrorOf(() =>
    createRuntimeContainer(['true'], {log: {path: '/tmp/a:b/ctr.log', maxBytes: 0, maxFiles: 1}}),
  );
  assert.is(error.code, 'invalid-config');
});

test('what crun needs may be made while conmon loads', async () => {
  const id = 'ab'.repeat(32);
  const config = join(testHost.dataRoot, 'containers', id, 'config.json');
  const container = await createRuntimeContainer(['true'], {
    id,
    prepare: async () => {
      const text = readFileSync(config);
      rmSync(config);
      await new Promise((resolve) => setTimeout(resolve, 50));
      writeFileSync(config, text);
    },
  });
  assert.is((await container.crun.state(container.id))?.status, 'created');
  await container.remove();
});

test('when that fails, its error is thrown and no conmon is left', async () => {
  const before = conmons();
  const failure = new Error('no rootfs');
  const prepare = () => {
    throw failure;
  };
  await createRuntimeContainer(['true'], {prepare}).then(
    () => assert.unreachable(),
    (error: unknown) => assert.is(error, failure),
  );
  for (let tries = 0; conmons() !== before && tries < 100; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.is(conmons(), before);
});

test('without a log the output still arrives and no file is made', async () => {
  const container = await createRuntimeContainer(['true'], {log: 'none'});
  assert.not(existsSync(container.logPath));
  await container.remove();
  assert.is((await runToEnd(['echo', 'hi'], {log: 'none'})).stdout, 'hi\n');
});

test('a run folder deeper than a socket address is long works', async () => {
  const deep = join(testHost.runRoot, 'x'.repeat(100), 'y'.repeat(40));
  mkdirSync(deep, {recursive: true});
  assert.is((await runToEnd(['echo', 'deep'], {runFolder: join(deep, 'run')})).stdout, 'deep\n');
  rmSync(join(testHost.runRoot, 'x'.repeat(100)), {recursive: true});
});

test('a container that is started again does not see its last exit', async () => {
  const first = await createRuntimeContainer(['sh', '-c', 'exit 3']);
  await first.crun.start(first.id);
  assert.is((await first.exit()).exitCode, 3);
  await first.crun.delete(first.id);
  const second = await createRuntimeContainer(['sleep', '100'], {again: first});
  assert.equal(readdirSync(join(second.runFolder, 'exit')), []);
  await second.remove();
});

test('the input is kept open with a terminal, whatever stdinOnce says', () => {
  const options = {
    ...{id: 'a', bundle: '/b', runFolder: '/r', crunRoot: '/c', openStdin: true, stdinOnce: true},
    ...{log: 'none' as const, exitCommand: ['/x', 'y', 'z']},
  };
  const plain = createArguments({...options, terminal: false});
  assert.not(plain.includes('--leave-stdin-open'));
  assert.equal(plain.slice(-6), [
    '--exit-command',
    '/x',
    '--exit-command-arg',
    'y',
    '--exit-command-arg',
    'z',
  ]);
  assert.ok(createArguments({...options, terminal: true}).includes('--leave-stdin-open'));
  assert.ok(createArguments({...options, terminal: false, stdinOnce: false}).includes('--leave-stdin-open'));
  const journal = createArguments({...options, terminal: false, log: {journal: 'web'}});
  assert.ok(journal.join(' ').includes('--log-path journald: --log-tag web'));
});

function conmons(): number {
  return readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('/usr/bin/conmon\0')
      );
    } catch {
      // It has ended meanwhile.
      return false;
    }
  }).length;
}

async function readStat(pid: number): Promise<string> {
  const {readFile} = await import('node:fs/promises');
  return readFile(`/proc/${pid}/stat`, 'latin1');
}

test.run();
