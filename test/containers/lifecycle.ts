// The life of a container through the engine as a library: every step, its refusals, and a clean host after it.
import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type ContainerOptions, type ContainerSession, Engine} from '../../src/engine.ts';
import {isEngineError} from '../../src/errors.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, testHost} from '../support/test-host.ts';

const test = suite('container lifecycle');
const {image} = await serveBusybox(test);
let engine: Engine;

test.before(async () => {
  engine = await Engine.open();
});

test.after(async () => {
  engine.close();
});

test.after.each(async () => {
  for (const {id} of await engine.containers.list())
    await engine.containers.remove(id, {force: true, volumes: true});
  await assertHostClean();
});

async function create(
  command: string[],
  options: Partial<ContainerOptions> = {},
  name?: string,
): Promise<string> {
  const {id} = await engine.containers.create({
    image,
    options: {command, ...options},
    ...(name !== undefined && {name}),
  });
  return id;
}

async function run(command: string[], options: Partial<ContainerOptions> = {}): Promise<string> {
  const id = await create(command, options);
  await engine.containers.start(id);
  return id;
}

async function outputOf(session: ContainerSession): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const {data} of session.output) chunks.push(data);
  return Buffer.concat(chunks).toString();
}

async function outputOfRun(command: string[], options: Partial<ContainerOptions> = {}): Promise<string> {
  const id = await create(command, {autoRemove: true, ...options});
  const session = await engine.containers.start(id, {attach: true});
  const output = await outputOf(session);
  await session.exit;
  return output;
}

async function codeOf(action: Promise<unknown>): Promise<string> {
  try {
    await action;
  } catch (error) {
    if (isEngineError(error)) return error.code;
    throw error;
  }
  return 'no error';
}

async function statusOf(id: string): Promise<string | undefined> {
  return (await engine.containers.list()).find((container) => container.id === id)?.status;
}

function volumeNames(): string[] {
  const folder = join(testHost.dataRoot, 'volumes');
  return existsSync(folder) ? readdirSync(folder) : [];
}

test('create, start, wait, start again, remove', async () => {
  const id = await create(['sh', '-c', 'echo once >> /count; wc -l < /count; exit 3']);
  assert.is(await statusOf(id), 'created');
  for (const count of ['1', '2']) {
    const session = await engine.containers.start(id, {attach: true});
    assert.is((await outputOf(session)).trim(), count);
    assert.is((await session.exit).exitCode, 3);
    assert.equal(await engine.containers.wait(id), {exitCode: 3, oomKilled: false});
  }
  assert.is(await statusOf(id), 'exited');
  await engine.containers.remove(id);
  assert.is(await codeOf(engine.containers.wait(id)), 'container-not-found');
  await assertHostClean();
});

test('logs keep what was written, apart by stream', async () => {
  const id = await run(['sh', '-c', 'echo out; echo err >&2']);
  await engine.containers.wait(id);
  const lines: string[] = [];
  for await (const {stream, line} of engine.containers.logs(id))
    lines.push(`${stream} ${line.toString().trim()}`);
  assert.equal(lines.sort(), ['stderr err', 'stdout out']);
});

test('a name is taken once, and is free again after rm', async () => {
  const id = await create(['true'], {}, 'web');
  assert.is(await codeOf(create(['true'], {}, 'web')), 'container-name-in-use');
  assert.is((await engine.containers.list()).length, 1);
  await engine.containers.remove('web');
  assert.is.not(await create(['true'], {}, 'web'), id);
});

test('a unique beginning of the id is enough, an ambiguous one is refused', async () => {
  const ids: string[] = [];
  while (new Set(ids.map((id) => id[0])).size === ids.length) ids.push(await create(['true']));
  const first = ids.find((id) => id[0] === ids.at(-1)?.[0]) ?? '';
  assert.is(await codeOf(engine.containers.remove(first.slice(0, 1))), 'container-ambiguous');
  assert.is(await codeOf(engine.containers.remove('zzz')), 'container-not-found');
  await engine.containers.remove(first.slice(0, 12));
  assert.is(await statusOf(first), undefined);
});

test('a command that cannot start leaves the container as it was, and nothing mounted', async () => {
  for (const [command, code, exit] of [
    ['no-such-command', 'command-not-found', 127],
    ['/etc', 'command-not-executable', 126],
  ] as const) {
    const id = await create([command]);
    assert.is(await codeOf(engine.containers.start(id)), code);
    const [container] = await engine.containers.list();
    assert.equal([container?.status, container?.exitCode], ['created', exit]);
    await assertHostClean();
    assert.equal(readdirSync(join(testHost.runRoot, 'containers')), []);
    await engine.containers.remove(id);
  }
});

test('rm refuses a running container; with force it goes', async () => {
  const id = await run(['sleep', '600']);
  assert.is(await codeOf(engine.containers.remove(id)), 'container-running');
  assert.is(await statusOf(id), 'running');
  await engine.containers.remove(id, {force: true});
  assert.is(await statusOf(id), undefined);
  await assertHostClean();
});

test('stop sends the stop signal, and SIGKILL after the timeout', async () => {
  const polite = await run(['sh', '-c', 'trap "exit 7" USR1; echo up; while :; do sleep 0.05; done'], {
    stopSignal: 'SIGUSR1',
  });
  for await (const _line of engine.containers.logs(polite, {follow: true})) break;
  await engine.containers.stop(polite);
  assert.is((await engine.containers.wait(polite)).exitCode, 7);
  const deaf = await run(['sleep', '600']);
  await engine.containers.stop(deaf, {timeoutSeconds: 0});
  assert.is((await engine.containers.wait(deaf)).exitCode, 137);
  await engine.containers.stop(deaf);
});

test('kill signals a running container only', async () => {
  const id = await run(['sleep', '600']);
  await engine.containers.kill(id);
  assert.is((await engine.containers.wait(id)).exitCode, 137);
  assert.is(await codeOf(engine.containers.kill(id)), 'container-not-running');
});

test('restart makes a new process of the same container', async () => {
  const id = await run(['sleep', '600']);
  const before = (await engine.containers.inspect(id)).State.Pid;
  await engine.containers.restart(id, {timeoutSeconds: 0});
  const after = (await engine.containers.inspect(id)).State.Pid;
  assert.ok(before > 0 && after > 0 && before !== after);
});

test('exec runs beside the command, with its own exit code, and only while it runs', async () => {
  const id = await run(['sleep', '600']);
  const options = {env: ['A=1'], tty: false, openStdin: false, privileged: false, detach: false};
  const session = await engine.containers.exec(id, {...options, command: ['sh', '-c', 'echo $A; exit 4']});
  assert.ok(session);
  assert.is(await outputOf(session), '1\n');
  assert.is((await session.exit).exitCode, 4);
  const absent = await engine.containers.exec(id, {...options, command: ['no-such-command']});
  assert.is(await codeOf(absent?.exit ?? Promise.resolve()), 'command-not-found');
  await engine.containers.kill(id);
  await engine.containers.wait(id);
  assert.is(
    await codeOf(engine.containers.exec(id, {...options, command: ['true']})),
    'container-not-running',
  );
});

test('a new volume is filled from the image; an anonymous one goes with rm -v, a named one stays', async () => {
  const mount = {type: 'volume', target: '/bin', readOnly: false, noCopy: false} as const;
  const list = ['/bin/sh', '-c', 'ls /bin/busybox'];
  const id = await create(list, {mounts: [mount, {...mount, name: 'tools', target: '/usr/bin'}]});
  assert.is(volumeNames().length, 2);
  await engine.containers.start(id);
  assert.is((await engine.containers.wait(id)).exitCode, 0);
  await engine.containers.remove(id, {volumes: true});
  assert.equal(volumeNames(), ['tools']);
  assert.is(await outputOfRun(list, {mounts: [mount]}), '/bin/busybox\n');
  assert.equal(volumeNames(), ['tools']);
});

test('twenty containers run at once, each with its own output', async () => {
  const numbers = Array.from({length: 20}, (_, index) => `${index}`);
  const outputs = await Promise.all(numbers.map((number) => outputOfRun(['echo', number])));
  assert.equal(
    outputs.map((output) => output.trim()),
    numbers,
  );
  assert.equal(await engine.containers.list(), []);
});

test('an image in use is not removed; forced, its container still starts', async () => {
  const id = await create(['echo', 'still here']);
  assert.is(await codeOf(engine.images.remove(image)), 'image-in-use');
  await engine.images.remove(image, {force: true});
  const session = await engine.containers.start(id, {attach: true});
  assert.is(await outputOf(session), 'still here\n');
  assert.is((await session.exit).exitCode, 0);
  await engine.containers.remove(id);
  await engine.images.pull(image);
});

test.run();
