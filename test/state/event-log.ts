// The log of events: what readers get of it beside writers that run, are killed, or find no space.
import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {EventLog} from '../../src/state/event-log.ts';
import {EventLogReader} from '../../src/state/event-log-reader.ts';
import {mount, umount} from '../../src/system/libc.ts';
import {testHost} from '../support/test-host.ts';

const test = suite<{folder: string}>('event log');

test.before.each((context) => {
  context.folder = join(mkdtempSync(join(testHost.tmp, 'log-')), 'events');
});
test.after.each(({folder}) => rmSync(join(folder, '..'), {recursive: true}));

function texts(folder: string, from: 'start' | 'end' = 'start'): string[] {
  using reader = new EventLogReader(folder, from);
  return [...reader.read()];
}

test('records come back in the order of writing, readable by their owner alone', ({folder}) => {
  const log = new EventLog(folder);
  const written = ['one', 'two ä', 'x'.repeat(200_000), ''];
  assert.equal(
    written.map((text) => log.append(text)),
    written.map(() => true),
  );
  assert.equal(texts(folder), written);
  assert.equal(texts(folder, 'end'), []);
  assert.equal([statSync(folder).mode & 0o777, statSync(join(folder, 'log')).mode & 0o777], [0o700, 0o600]);
});

test('a reader goes on where it was, and a log that is not there yet is empty', ({folder}) => {
  using reader = new EventLogReader(folder, 'end');
  assert.equal([...reader.read()], []);
  const log = new EventLog(folder);
  log.append('one');
  assert.equal([...reader.read()], ['one']);
  log.append('two');
  log.append('three');
  assert.equal([...reader.read()], ['two', 'three']);
  assert.equal([...reader.read()], []);
});

test('what was torn costs no other record', ({folder}) => {
  const log = new EventLog(folder);
  log.append('one');
  appendFileSync(join(folder, 'log'), '\u001etorn by a full di');
  log.append('two');
  appendFileSync(join(folder, 'log'), Buffer.alloc(4096));
  log.append('three');
  appendFileSync(join(folder, 'log'), '\n\nno record\n');
  log.append('four');
  assert.equal(texts(folder), ['one', 'two', 'three', 'four']);
});

test('it never holds more than two files of the length that is full, and a record', ({folder}) => {
  const fullBytes = 1000;
  const log = new EventLog(folder, {fullBytes});
  using reader = new EventLogReader(folder, 'start');
  const followed: string[] = [];
  const written: string[] = [];
  for (let index = 0; index < 500; index += 1) {
    const text = `${index} ${'x'.repeat(index % 90)}`;
    written.push(text);
    log.append(text);
    if (index % 3 === 0) followed.push(...reader.read());
    const bytes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
    assert.ok(bytes.every((size) => size < fullBytes + 100) && bytes.length <= 3, bytes.join(' '));
  }
  followed.push(...reader.read());
  assert.equal(followed, written);
  const kept = texts(folder);
  assert.equal(kept, written.slice(-kept.length));
  assert.ok(kept.length >= 10, `${kept.length} are kept`);
});

test('a writer that was late appends to the file of before, and is read', ({folder}) => {
  const log = new EventLog(folder);
  log.append('one');
  using reader = new EventLogReader(folder, 'start');
  assert.equal([...reader.read()], ['one']);
  const path = join(folder, 'log');
  rmSync(path);
  writeFileSync(`${path}.1`, '\u001eold\n');
  log.append('new');
  assert.equal([...reader.read()].sort(), ['new', 'old']);
  appendFileSync(`${path}.1`, '\u001elate\n');
  assert.equal([...reader.read()], ['late']);
});

test('a writer that has kept a file open finds the one after it within a second', async ({folder}) => {
  const [slow, quick] = [new EventLog(folder, {fullBytes: 100}), new EventLog(folder, {fullBytes: 100})];
  using reader = new EventLogReader(folder, 'start');
  slow.append('slow 1');
  quick.append('x'.repeat(100));
  slow.append('slow 2');
  await sleep(1100);
  slow.append('slow 3');
  assert.equal([...reader.read()], ['slow 1', 'x'.repeat(100), 'slow 2', 'slow 3']);
  slow.close();
  assert.equal(readFileSync(join(folder, 'log'), 'utf8'), '\u001eslow 3\n');
});

const module = join(import.meta.dirname, '../../src/state/event-log.ts');

test('who opens the files while they change places begins again', ({folder}) => {
  mkdirSync(folder);
  const path = join(folder, 'log');
  writeFileSync(path, '\u001eone\n');
  // Opening it waits for a writer: for the shell, which lets it go on when the files have changed places.
  const gate = join(folder, 'gate');
  execFileSync('mkfifo', [gate]);
  linkSync(gate, `${path}.1`);
  const rotation = String.raw`sleep 0.5; mv log log.1; printf '\036two\n' >log; exec 3>gate`;
  const shell = spawn('/bin/sh', ['-c', rotation], {cwd: folder, stdio: 'ignore'});
  try {
    assert.equal(texts(folder), ['one', 'two']);
  } finally {
    shell.kill('SIGKILL');
  }
});

function writer(folder: string, name: string, count: number): ChildProcess {
  const program = `import {EventLog} from ${JSON.stringify(module)};
    const log = new EventLog(${JSON.stringify(folder)}, {fullBytes: 20_000_000});
    for (let index = 0; index < ${count}; index += 1) log.append('${name} ' + index + ' ' + 'x'.repeat(index % 3000));`;
  return spawn(process.execPath, ['--input-type=module', '-e', program], {stdio: 'inherit'});
}

const ended = (child: ChildProcess) => new Promise((resolve) => child.once('close', resolve));

test('writers at the same time lose nothing', async ({folder}) => {
  const names = ['a', 'b', 'c', 'd'];
  await Promise.all(names.map((name) => ended(writer(folder, name, 1000))));
  const found = texts(folder);
  for (const name of names) {
    const own = found.filter((text) => text.startsWith(`${name} `));
    assert.equal(
      own,
      Array.from({length: 1000}, (_, index) => `${name} ${index} ${'x'.repeat(index % 3000)}`),
    );
  }
  assert.is(found.length, 4000);
});

test('a writer that is killed leaves whole records, and the next one goes on', async ({folder}) => {
  const child = writer(folder, 'a', 1_000_000);
  for (const deadline = Date.now() + 30_000; texts(folder).length < 100; await sleep(5)) {
    assert.ok(Date.now() < deadline, 'it writes');
  }
  child.kill('SIGKILL');
  await ended(child);
  const found = texts(folder);
  assert.equal(
    found,
    found.map((_, index) => `a ${index} ${'x'.repeat(index % 3000)}`),
  );
  new EventLog(folder, {fullBytes: 20_000_000}).append('after');
  assert.is(texts(folder).at(-1), 'after');
});

test('without space a record is dropped, and what comes when there is some is kept', ({folder}) => {
  mkdirSync(folder);
  mount('tmpfs', folder, 'tmpfs', 0n, 'size=64k');
  try {
    using log = new EventLog(folder);
    log.append('first');
    writeFileSync(join(folder, 'filler'), Buffer.alloc(56 * 1024));
    const kept: boolean[] = [];
    for (let index = 0; index < 10; index += 1) kept.push(log.append(`${index} ${'x'.repeat(1500)}`));
    assert.equal([kept[0], kept.at(-1)], [true, false]);
    rmSync(join(folder, 'filler'));
    assert.is(log.append('last'), true);
    const found = texts(folder).map((text) => text.slice(0, 5).trim());
    assert.equal([found[0], found[1], found.at(-1)], ['first', '0 xxx', 'last']);
    assert.is(found.length, 2 + kept.filter(Boolean).length);
    log.close();
  } finally {
    umount(folder);
  }
});

test.run();
