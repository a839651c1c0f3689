import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {listProcesses, readProcesses} from '../../src/runtime/ps.ts';
import {engineErrorOf} from '../support/engine-error.ts';

const test = suite('ps');

test('the last column takes the rest of the line', () => {
  const text = '  PID COMMAND\n   12 sh -c  exit 1\n   13 sleep 5\n  120 other\n';
  assert.equal(readProcesses(text, [12, 13]), {
    titles: ['PID', 'COMMAND'],
    processes: [
      ['12', 'sh -c exit 1'],
      ['13', 'sleep 5'],
    ],
  });
});

test('threads stand below their process', () => {
  const text = 'PID TTY CMD\n1 ? one\n- - -\n2 ? two\n- - -\n';
  assert.equal(readProcesses(text, [2]).processes, [
    ['2', '?', 'two'],
    ['-', '-', '-'],
  ]);
});

test('without the column PID nothing can be told apart', async () => {
  const error = await engineErrorOf(() => readProcesses('COMMAND\nsh\n', [1]));
  assert.is(error.code, 'invalid-option');
  assert.is(error.message, "couldn't find PID field in ps output");
});

test('lists this process, by default in the columns of ps -ef', async () => {
  const {titles, processes} = await listProcesses([process.pid], []);
  assert.equal(titles, ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD']);
  assert.is(processes.length, 1);
  assert.is(processes[0]?.[1], String(process.pid));
});

test('options that do not go with a choice of processes still work', async () => {
  const {titles, processes} = await listProcesses([process.pid], ['aux']);
  assert.is(titles[0], 'USER');
  assert.equal(
    processes.map(([, pid]) => pid),
    [String(process.pid)],
  );
});

test('no other column may be called PID', async () => {
  for (const args of [['-o', 'ppid=PID'], ['-o ppid=PID']]) {
    const error = await engineErrorOf(() => listProcesses([1], args));
    assert.is(error.message, 'specifying "ppid=PID" is not allowed');
  }
});

test('what ps says of its options is the message', async () => {
  const error = await engineErrorOf(() => listProcesses([1], ['-o', 'nonsense']));
  assert.is(error.code, 'invalid-option');
  assert.is(error.message, 'ps: error: unknown user-defined format specifier "nonsense"');
});

test.run();
