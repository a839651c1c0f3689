import {
  appendFileSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type LogOptions, readLog} from '../../src/runtime/container-log.ts';
import {instantOf, parseRecord} from '../../src/runtime/log-record.ts';
import {logGenerations, prepareLog, removeLog, rotateLog} from '../../src/runtime/log-rotation.ts';
import {isAlive} from '../../src/system/process-identity.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {createRuntimeContainer} from '../support/runtime-container.ts';

const test = suite<{folder: string; path: string}>('container-log');

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'log-'));
  context.path = join(context.folder, 'ctr.log');
});

test.after.each(({folder}) => {
  rmSync(folder, {recursive: true});
});

const time = (second: number) => `2026-11-24T10:47:${String(second).padStart(2, '0')}.123456789+00:00`;
const record = (second: number, line: string, stream = 'stdout', tag = 'F') =>
  `${time(second)} ${stream} ${tag} ${line}\n`;

test('a record gives time, stream, line and whether the line goes on', () => {
  const entry = parseRecord(Buffer.from(record(12, 'a b  c', 'stderr', 'P').trimEnd()));
  assert.equal(entry, {
    time: '2026-11-24T10:47:12.123456789Z',
    stream: 'stderr',
    line: Buffer.from('a b  c'),
    partial: true,
  });
  assert.is(instantOf('2026-11-24T10:47:12.123456789Z'), 1795517232123456789n);
});

test('a time with a zone becomes UTC', () => {
  const entry = parseRecord(Buffer.from('2026-11-24T23:47:12.123456789-05:30 stdout F x'));
  assert.is(entry?.time, '2026-11-25T05:17:12.123456789Z');
});

test('bytes that are not text survive, and what is not a record is passed over', async ({path}) => {
  const bytes = Buffer.from([0xff, 0x00, 0xc3, 0x28, 0x0d]);
  writeFileSync(
    path,
    Buffer.concat([Buffer.from(`half a reco\n${time(1)} stdout F `), bytes, Buffer.from('\n')]),
  );
  const entries = await all({path, maxFiles: 1});
  assert.equal(
    entries.map(({line}) => line),
    [bytes],
  );
});

test('a missing log has no entries', async ({path}) => {
  assert.equal(await all({path, maxFiles: 3}), []);
});

test('the last lines are found over blocks, files and parts, as reading all would find them', async ({
  path,
}) => {
  const lines: string[] = [];
  for (let number = 0; number < 3000; number += 1) {
    const parts = number % 7 === 0 ? [record(1, `${number} `, 'stdout', 'P')] : [];
    const text = number % 100 === 0 ? 'x'.repeat(70_000) : 'y'.repeat(number % 90);
    lines.push([...parts, record(2, `${number} ${text}`)].join(''));
  }
  writeFileSync(`${path}.2`, lines.slice(0, 1000).join(''));
  writeFileSync(`${path}.1`, lines.slice(1000, 2500).join(''));
  writeFileSync(path, `${lines.slice(2500).join('')}${record(3, 'unfinished', 'stdout', 'P')}`);
  for (const tail of [0, 1, 2, 3, 50, 500, 501, 502, 1999, 2001, 2002, 3000, 3001, 9999]) {
    const found = (await all({path, maxFiles: 3, tail})).map(({line}) => line.toString());
    const expected = [...lines, record(3, 'unfinished', 'stdout', 'P')].slice(tail === 0 ? 3001 : -tail);
    const texts = expected
      .join('')
      .split('\n')
      .filter(Boolean)
      .map((line) => line.replace(/^\S+ \S+ \S /, ''));
    assert.ok(found.join('|') === texts.join('|'), `tail ${tail}: ${found.length} of ${texts.length}`);
  }
});

test('since and until choose entries by nanoseconds, both included', async ({path}) => {
  writeFileSync(path, [1, 2, 3, 4].map((second) => record(second, `${second}`)).join(''));
  const at = (second: number) => instantOf(`${time(second).slice(0, -6)}Z`);
  assert.is(await text({path, maxFiles: 1, since: at(2)}), '2|3|4');
  assert.is(await text({path, maxFiles: 1, since: at(2) + 1n}), '3|4');
  assert.is(await text({path, maxFiles: 1, until: at(3)}), '1|2|3');
  assert.is(await text({path, maxFiles: 1, until: at(3) - 1n}), '1|2');
  assert.is(await text({path, maxFiles: 1, since: at(2), until: at(3), tail: 2}), '3');
});

test('following sees what is appended, in parts too, and ends with the container', async ({path}) => {
  writeFileSync(path, record(1, 'one'));
  let running = true;
  const ended = Promise.withResolvers<void>();
  const read = text({path, maxFiles: 1, follow: {isRunning: () => running, ended: ended.promise}});
  await sleep(30);
  const next = record(2, 'two');
  appendFileSync(path, next.slice(0, 20));
  await sleep(30);
  appendFileSync(path, `${next.slice(20)}${record(3, 'three')}`);
  running = false;
  const before = Date.now();
  ended.resolve();
  assert.is(await read, 'one|two|three');
  assert.ok(Date.now() - before < 300);
});

test('following goes on in the new file, and begins with a log that is not there yet', async ({path}) => {
  let running = true;
  const read = text({path, maxFiles: 3, follow: {isRunning: () => running}});
  await sleep(30);
  for (const line of ['a', 'b', 'c']) {
    writeFileSync(`${path}.tmp`, '');
    renameSync(`${path}.tmp`, path);
    appendFileSync(path, record(1, `${line}1`));
    appendFileSync(path, record(1, `${line}2`));
    await sleep(60);
  }
  running = false;
  assert.is(await read, 'a1|a2|b1|b2|c1|c2');
});

test('following can be given up', async ({path}) => {
  writeFileSync(path, record(1, 'one'));
  const signal = AbortSignal.timeout(50);
  const error = await engineErrorOf(() => all({path, maxFiles: 1, follow: {isRunning: () => true}, signal}));
  assert.is(error.code, 'cancelled');
});

test('names move on once a new file is there, and only then', ({path, folder}) => {
  const replace = (content: string) => {
    writeFileSync(`${path}.tmp`, content);
    renameSync(`${path}.tmp`, path);
  };
  const contents = () => logGenerations(path, 3).map((file) => statSync(file.path).size);
  prepareLog({path, maxBytes: 100, maxFiles: 3});
  assert.equal(readdirSync(folder).sort(), ['ctr.log', 'ctr.log.1']);
  appendFileSync(path, '1');
  replace('22');
  assert.equal(contents(), [1, 2], 'the replaced file still has its second name');
  rotateLog(path, 3);
  rotateLog(path, 3);
  assert.equal(contents(), [1, 2]);
  replace('333');
  assert.equal(contents(), [1, 2, 3]);
  rotateLog(path, 3);
  assert.equal(contents(), [2, 3]);
  removeLog(path, 3);
  assert.equal(readdirSync(folder), []);
});

test('with one file there is no second name', ({path, folder}) => {
  prepareLog({path, maxBytes: 100, maxFiles: 1});
  rotateLog(path, 1);
  assert.equal(readdirSync(folder), ['ctr.log']);
});

test('a file that an earlier run has half filled is not continued', ({path}) => {
  writeFileSync(path, 'x'.repeat(49));
  prepareLog({path, maxBytes: 100, maxFiles: 3});
  assert.is(statSync(path).size, 49);
  appendFileSync(path, 'x');
  prepareLog({path, maxBytes: 100, maxFiles: 3});
  assert.is(statSync(path).size, 0);
  assert.equal(
    logGenerations(path, 3).map((file) => statSync(file.path).size),
    [50, 0],
  );
});

test('a second name from before is no second entry', async ({path}) => {
  writeFileSync(path, record(1, 'once'));
  linkSync(path, `${path}.1`);
  assert.is(await text({path, maxFiles: 3}), 'once');
});

test('conmon writes what is read: parts, both streams, long lines', async () => {
  const script =
    'echo one; echo two >&2; printf half; sleep 0.1; echo " whole"; head -c 20000 /dev/zero | tr "\\0" x; echo';
  const container = await createRuntimeContainer(['sh', '-c', script]);
  await container.crun.start(container.id);
  await container.exit();
  const entries = await all({path: container.logPath, maxFiles: 3});
  const joined = (stream: string) =>
    entries
      .filter((entry) => entry.stream === stream)
      .map(({line, partial}) => `${line}${partial ? '' : '\n'}`)
      .join('');
  assert.is(joined('stdout'), `one\nhalf whole\n${'x'.repeat(20000)}\n`);
  assert.is(joined('stderr'), 'two\n');
  await container.remove();
});

test("a reader that follows sees every line across conmon's rotations", async () => {
  const script =
    'i=0; while [ $i -lt 1500 ]; do echo $i; i=$((i+1)); [ $((i % 100)) = 0 ] && sleep 0.05; done';
  const container = await createRuntimeContainer(['sh', '-c', script], {maxBytes: 20_000});
  const follow = {isRunning: () => isAlive(container.conmon), ended: container.conmonEnd.wait()};
  const read = text({path: container.logPath, maxFiles: 3, follow});
  await container.crun.start(container.id);
  assert.is(await read, Array.from({length: 1500}, (_, number) => number).join('|'));
  for (const file of logGenerations(container.logPath, 3)) assert.ok(statSync(file.path).size <= 20_000);
  await container.remove();
});

test('after one rotation that no command saw, nothing is lost', async () => {
  const script = 'i=0; while [ $i -lt 500 ]; do echo $i; i=$((i+1)); done';
  const container = await createRuntimeContainer(['sh', '-c', script], {maxBytes: 20_000});
  await container.crun.start(container.id);
  await container.exit();
  assert.is(logGenerations(container.logPath, 3).length, 2);
  const expected = Array.from({length: 500}, (_, number) => number).join('|');
  assert.is(await text({path: container.logPath, maxFiles: 3}), expected);
  await container.remove();
});

async function all(options: LogOptions) {
  return Array.fromAsync(readLog(options));
}

async function text(options: LogOptions): Promise<string> {
  return (await all(options)).map(({line}) => line.toString()).join('|');
}

test.run();
