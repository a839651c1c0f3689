// kill -9 at each step that changes the store: strace ends crundle as it makes its first, second, third … rename, sync and the
// like.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {loadConfig} from '../../src/config/config.ts';
import {Engine} from '../../src/engine.ts';
import {cutImages} from '../support/cut-images.ts';
import {FakeRegistry} from '../support/fake-registry.ts';
import {detailsOf, lookAt, mend, readStore} from '../support/store-content.ts';
import {crundleOk, crundlePath, makeTestHost, testHost} from '../support/test-host.ts';

const calls = [
  ...['rename', 'link', 'symlink', 'unlink', 'rmdir', 'mkdir', 'mknod', 'openat'],
  ...['fsync', 'fdatasync', 'syncfs', 'ftruncate', 'pwrite64', 'pwritev'],
];
/** Every step of the first ones; of a call that a command makes hundreds of times, every so many. */
const stepsInFull = 12;

const test = suite('kill -9 at each step');
const registry = await FakeRegistry.start();
test.after(async () => await registry[Symbol.asyncDispose]());
const references = cutImages().map((image, index) => registry.put('app', `v${index}`, image));
const [first = '', second = ''] = references;
for (const name of references) await crundleOk(['pull', '-q', name]);
const expected = await readStore(testHost);
const archive = join(testHost.tmp, 'archive.tar');
await crundleOk(['save', '-o', archive, first]);

/** Makes what the command is to change. */
type Preparation = (engine: Engine) => Promise<unknown>;

const commands: Record<string, {prepare: Preparation; args: string[]}> = {
  pull: {prepare: ({images}) => images.remove(first, {force: true}), args: ['pull', '-q', first]},
  load: {prepare: ({images}) => images.remove(first, {force: true}), args: ['load', '-q', '-i', archive]},
  rmi: {prepare: async () => undefined, args: ['rmi', '-f', second]},
  tag: {prepare: async () => undefined, args: ['tag', first, 'app:other']},
  create: {
    prepare: async () => undefined,
    args: ['create', '--network', 'none', '-v', 'kept:/kept', '-v', '/anonymous', first],
  },
  rm: {
    prepare: ({containers}) => containers.create({image: first, name: 'gone', options: {mounts: []}}),
    args: ['rm', '-v', 'gone'],
  },
  commit: {
    prepare: ({containers}) => containers.create({image: first, name: 'gone', options: {}}),
    args: ['commit', 'gone'],
  },
};

for (const [name, {prepare, args}] of Object.entries(commands)) {
  test(`of ${name}: what is there is whole, and the rest can be had again`, async () => {
    const host = makeTestHost();
    const open = async () => await Engine.open({config: loadConfig({env: host.env}), journal: false});
    let kills = 0;
    for (const call of calls) {
      for (let count = 1; ; count += count < stepsInFull ? 1 : count) {
        {
          await using engine = await open();
          for (const reference of references) await engine.images.pull(reference);
          for (const {id} of await engine.containers.list()) await engine.containers.remove(id);
          await prepare(engine);
        }
        if (!(await isKilledAt({call, count}, args, host.env))) break;
        kills++;
        try {
          await using engine = await open();
          await lookAt(engine, expected);
          await mend(engine, {references, expected});
        } catch (error) {
          throw new Error(`after ${call} ${count} of ${name}: ${detailsOf(error)}`, {cause: error});
        }
      }
    }
    console.log(`${name}: killed at ${kills} steps`);
    assert.ok(kills >= 3, `${kills}`);
  });
}

/** False when the command made fewer of these calls; it must have succeeded then. */
async function isKilledAt(
  {call, count}: {call: string; count: number},
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<boolean> {
  const options = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`];
  const inject = ['-e', `inject=${call}:signal=SIGKILL:when=${count}`];
  const child = spawn('strace', [...options, ...inject, crundlePath, ...args], {
    // strace counts the calls of each thread; with --seccomp-bpf it miscounts them.
    env: {...env, UV_THREADPOOL_SIZE: '1'},
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  const [status, signal] = await once(child, 'close');
  // The file system is synced by a program, which strace follows.
  if (signal === 'SIGKILL' || status === 137 || errors.includes('was ended by SIGKILL')) return true;
  assert.is(status, 0, errors);
  return false;
}

test.run();
