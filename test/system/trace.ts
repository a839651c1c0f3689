import {execFileSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {beginCall, commandLine, traceLine, traceTo} from '../../src/system/trace.ts';

const test = suite('trace');

test('a line has its beginning, its length, its outcome and the call', () => {
  assert.is(
    traceLine({beganMs: 41.25, tookMs: 6.149, call: 'ip -batch -', outcome: 'status 0'}),
    '[    41.3 ms +    6.1 ms, status 0] ip -batch -',
  );
});

test('a line has neither user information of a URL nor a token nor control characters', () => {
  assert.is(
    traceLine({
      beganMs: 0,
      tookMs: 0,
      call: "curl -H 'Bearer abcdefgh12345' https://me:secret@reg.example/ '\x1b[31m'",
      outcome: 'done',
    }),
    "[     0.0 ms +    0.0 ms, done] curl -H 'Bearer ***' https://reg.example/ '\ufffd[31m'",
  );
});

test('a shell reads a command line as the words that it was made of', () => {
  const words = ['printf', '%s|', 'plain', 'two words', "it's", '', '$HOME', 'a\\b', '*', 'line\nline'];
  const shown = execFileSync('sh', ['-c', commandLine(words)], {encoding: 'utf8'});
  assert.is(shown, `${words.slice(2).join('|')}|`);
});

test('a shell gives a program its input and its folder', () => {
  const line = commandLine(['sh', '-c', 'pwd; cat'], {input: 'one $x\n`two`\n', cwd: '/usr/lib'});
  assert.is(execFileSync('sh', ['-c', line], {encoding: 'utf8'}), '/usr/lib\none $x\n`two`\n');
});

test('input that holds the word that ends it is not cut there', () => {
  const line = commandLine(['cat'], {input: 'one\nEND\nEND_\ntwo\n'});
  assert.is(execFileSync('sh', ['-c', line], {encoding: 'utf8'}), 'one\nEND\nEND_\ntwo\n');
});

test('a call is written once, and only while somebody listens', () => {
  assert.is(beginCall(), undefined);
  const lines: string[] = [];
  traceTo((text) => lines.push(text));
  const call = beginCall();
  call?.end('crun list', 'status 0');
  call?.end('crun list', 'status 1');
  assert.is(lines.length, 1);
  assert.match(lines[0] ?? '', /^\[ *\d+\.\d ms \+ *\d+\.\d ms, status 0\] crun list\n$/);
});

test.run();
