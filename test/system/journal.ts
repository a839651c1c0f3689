import {closeSync, mkdtempSync, readSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {encodeJournalEntry, Journal} from '../../src/system/journal.ts';
import {boundDatagram} from '../support/bound-datagram.ts';
import {startJournald} from '../support/journald.ts';
import {testHost} from '../support/test-host.ts';

const test = suite('journal');
const newPath = () => join(mkdtempSync(join(testHost.tmp, 'journal-')), 'socket');

test('a field is its name, =, its value and a newline; undefined is no field', () => {
  const entry = encodeJournalEntry({MESSAGE: 'hello wörld', CRUNDLE_IMAGE: undefined, PRIORITY: '6'});
  assert.is(entry.toString(), 'MESSAGE=hello wörld\nPRIORITY=6\n');
});

test('a value with a newline has its length before it', () => {
  const entry = encodeJournalEntry({MESSAGE: 'ä\nb'});
  assert.equal(entry, Buffer.from('MESSAGE\n\x04\0\0\0\0\0\0\0ä\nb\n'));
});

test('a value above 4,000 bytes is cut between two characters, and says so', () => {
  const value = encodeJournalEntry({MESSAGE: 'ä'.repeat(4000)})
    .toString()
    .slice('MESSAGE='.length, -1);
  assert.match(value, /^ä+… \(cut\)$/);
  assert.is(Buffer.byteLength(value), 3999);
  assert.is(encodeJournalEntry({MESSAGE: 'y'.repeat(4000)}).length, 4000 + 'MESSAGE=\n'.length);
});

test('an entry is one datagram', () => {
  const path = newPath();
  const fd = boundDatagram(path);
  const journal = new Journal(path);
  journal.write({MESSAGE: 'one'});
  journal.write({MESSAGE: 'two'});
  const buffer = Buffer.alloc(100);
  assert.is(buffer.toString('utf8', 0, readSync(fd, buffer)), 'MESSAGE=one\n');
  assert.is(buffer.toString('utf8', 0, readSync(fd, buffer)), 'MESSAGE=two\n');
  closeSync(fd);
});

test('without a journal nothing happens', () => {
  const journal = new Journal(newPath());
  journal.write({MESSAGE: 'to nobody'});
  journal.write({MESSAGE: 'to nobody again'});
});

test('a journal that was made anew is found again, after one lost entry', () => {
  const path = newPath();
  const journal = new Journal(path);
  const first = boundDatagram(path);
  journal.write({MESSAGE: 'one'});
  closeSync(first);
  rmSync(path);
  const second = boundDatagram(path);
  journal.write({MESSAGE: 'two'});
  journal.write({MESSAGE: 'three'});
  const buffer = Buffer.alloc(100);
  assert.is(buffer.toString('utf8', 0, readSync(second, buffer)), 'MESSAGE=three\n');
  closeSync(second);
});

test('a journal that does not read delays nobody', () => {
  const path = newPath();
  const fd = boundDatagram(path);
  const journal = new Journal(path);
  const began = performance.now();
  for (let count = 0; count < 2000; count++) journal.write({MESSAGE: `line ${count}`});
  assert.ok(performance.now() - began < 1000, 'two thousand entries take less than a second');
  const buffer = Buffer.alloc(100);
  assert.is(buffer.toString('utf8', 0, readSync(fd, buffer)), 'MESSAGE=line 0\n');
  closeSync(fd);
});

test('systemd-journald takes entries as they were meant', async () => {
  await using journald = await startJournald();
  const journal = new Journal();
  const message = 'line one\nline two — ☃';
  journal.write({MESSAGE: message, SYSLOG_IDENTIFIER: 'crundle', CRUNDLE_EVENT: 'test', PRIORITY: '4'});
  journal.write({MESSAGE: 'z'.repeat(1_000_000), SYSLOG_IDENTIFIER: 'crundle', CRUNDLE_EVENT: 'huge'});
  const [entry] = await journald.entries(1, 'CRUNDLE_EVENT=test');
  assert.is(entry?.MESSAGE, message);
  assert.is(entry?.PRIORITY, '4');
  assert.is(entry?._PID, String(process.pid));
  const [huge] = await journald.entries(1, 'CRUNDLE_EVENT=huge');
  assert.match(huge?.MESSAGE ?? '', /^z+… \(cut\)$/);
  assert.match(journald.shown('-t', 'crundle'), /crundle\[\d+\]: line one\n +line two — ☃\n/);
});

test.run();
