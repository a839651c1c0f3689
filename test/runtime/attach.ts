import {readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {attach} from '../../src/runtime/attach.ts';
import {resizeMessage, resizeTerminal} from '../../src/runtime/terminal-size.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {
  collect,
  createRuntimeContainer,
  type RuntimeContainer,
  until,
  watchOutput,
} from '../support/runtime-container.ts';
import {testHost} from '../support/test-host.ts';

const test = suite('attach');

test('the end of the input reaches the container, behind what was written', async () => {
  const container = await createRuntimeContainer(['cat'], {openStdin: true, stdinOnce: true});
  const attachment = container.attach();
  const output = collect(attachment.output);
  await container.crun.start(container.id);
  void attachment.write(Buffer.from('one\n'));
  void attachment.write(Buffer.from('two\n'));
  attachment.closeInput();
  assert.equal(await output, {stdout: 'one\ntwo\n', stderr: ''});
  assert.is((await container.exit()).exitCode, 0);
  await container.remove();
});

test('three megabytes pass through both ways, whole', async () => {
  const container = await createRuntimeContainer(['cat'], {openStdin: true, stdinOnce: true, log: 'none'});
  const attachment = container.attach();
  const data = Buffer.alloc(3_000_000, 'abcdefghijklmnopqrstuvwxyz\n');
  const output = collect(attachment.output);
  await container.crun.start(container.id);
  await attachment.write(data);
  attachment.closeInput();
  assert.ok((await output).stdout === data.toString());
  await container.exit();
  await container.remove();
});

test('a reader that is slow holds the container back and loses nothing', async () => {
  const script =
    'i=0; while [ $i -lt 3000 ]; do echo $i 0123456789012345678901234567890123456789; i=$((i+1)); done';
  const container = await createRuntimeContainer(['sh', '-c', script], {log: 'none'});
  const attachment = container.attach();
  await container.crun.start(container.id);
  await sleep(300);
  const {stdout} = await collect(attachment.output);
  assert.is(stdout.split('\n').length, 3001);
  await container.exit();
  await container.remove();
});

test('detaching ends the output at once, keeps the container and its input, and leaks no descriptor', async () => {
  const container = await createRuntimeContainer(['cat'], {openStdin: true, stdinOnce: false});
  const before = sockets();
  const first = container.attach();
  const output = watchOutput(first.output);
  await container.crun.start(container.id);
  await first.write(Buffer.from('one\n'));
  await until(() => output.seen() !== '');
  first.close();
  first.close();
  assert.is((await output.end).stdout, 'one\n');
  assert.is(sockets(), before);
  const second = container.attach();
  const again = watchOutput(second.output);
  await second.write(Buffer.from('two\n'));
  await until(() => again.seen() !== '');
  await container.crun.kill(container.id, 'KILL');
  assert.is((await again.end).stdout, 'two\n');
  assert.is((await container.exit()).exitCode, 137);
  assert.is(sockets(), before);
  await container.remove();
});

test('an attachment that nobody reads can be closed', async () => {
  const container = await createRuntimeContainer(['true']);
  const before = sockets();
  const attachment = container.attach();
  assert.is(sockets(), before + 1);
  attachment.close();
  assert.is(sockets(), before);
  await container.remove();
});

test('two clients see the same output', async () => {
  const container = await createRuntimeContainer(['echo', 'hello']);
  const outputs = [container.attach(), container.attach()].map(({output}) => collect(output));
  await container.crun.start(container.id);
  assert.equal(
    (await Promise.all(outputs)).map(({stdout}) => stdout),
    ['hello\n', 'hello\n'],
  );
  await container.exit();
  await container.remove();
});

test('writing to a container that has ended is not an error', async () => {
  const container = await createRuntimeContainer(['true'], {openStdin: true});
  const attachment = container.attach();
  await container.crun.start(container.id);
  await collect(attachment.output);
  await container.exit();
  await attachment.write(Buffer.from('late'));
  attachment.closeInput();
  attachment.close();
  await container.remove();
});

test('without conmon there is nothing to attach to', async () => {
  const path = join(testHost.runRoot, 'nowhere', 'attach');
  assert.is((await engineErrorOf(() => attach(path))).code, 'container-not-running');
});

test('a terminal echoes, has the size it was given, and is told of a new one', async () => {
  const script = 'trap "stty size" WINCH; stty size; read line; echo "got $line"; read line; exit 5';
  const container = await createRuntimeContainer(['sh', '-c', script], {terminal: true, openStdin: true});
  const attachment = container.attach();
  const output = watchOutput(attachment.output);
  const resize = (columns: number, rows: number) =>
    resizeTerminal(join(container.runFolder, 'ctl'), {columns, rows});
  resize(100, 30);
  await container.crun.start(container.id);
  await until(() => output.seen().includes('30 100\r\n'));
  resize(132, 43);
  await until(() => output.seen().includes('43 132\r\n'));
  await attachment.write(Buffer.from('hi\r'));
  await attachment.write(Buffer.from('\r'));
  const {stdout, stderr} = await output.end;
  assert.is(stderr, '');
  assert.match(stdout, /^30 100\r\n/);
  assert.match(stdout, /hi\r\n/);
  assert.is((await container.exit()).exitCode, 5);
  await container.remove();
});

test('a terminal is attached to again after the first client left', async () => {
  const container = await createRuntimeContainer(['cat'], {terminal: true, openStdin: true, stdinOnce: true});
  const first = container.attach();
  const output = watchOutput(first.output);
  await container.crun.start(container.id);
  await first.write(Buffer.from('a\r'));
  await until(() => output.seen() === 'a\r\na\r\n');
  first.close();
  await output.end;
  const second = container.attach();
  const again = collect(second.output);
  await second.write(Buffer.from('b\r\x04'));
  assert.match((await again).stdout, /^b\r\nb\r\n/);
  await container.exit();
  await container.remove();
});

test('a window size is sent as height and width, and never more than conmon takes', () => {
  assert.is(resizeMessage({columns: 80, rows: 24}), '1 24 80\n');
  assert.is(resizeMessage({columns: 5000, rows: 24}), '1 24 1000\n');
});

test('resizing the terminal of a dead conmon does not wait', async () => {
  const container: RuntimeContainer = await createRuntimeContainer(['sleep', '100'], {terminal: true});
  process.kill(container.conmon.pid, 'SIGKILL');
  await container.conmonEnd.wait();
  resizeTerminal(join(container.runFolder, 'ctl'), {columns: 80, rows: 24});
  await container.remove();
});

// The open sockets of conmon's kind, SOCK_SEQPACKET: conmon's pipes, which are sockets too, close in their own time.
function sockets(): number {
  const kinds = new Map<string, string>();
  for (const line of readFileSync('/proc/net/unix', 'latin1').split('\n')) {
    const [, , , , kind = '', , inode = ''] = line.split(/\s+/);
    kinds.set(`socket:[${inode}]`, kind);
  }
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return kinds.get(readlinkSync(`/proc/self/fd/${fd}`)) === '0005';
    } catch {
      // The descriptor that listed the folder is closed by now.
      return false;
    }
  }).length;
}

test.run();
