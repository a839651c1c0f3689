// Rehearsals: what is noted, what is done, and that nothing else of the process takes part.
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {runProgram} from '../../src/system/program.ts';
import {runQuickProgram} from '../../src/system/quick-program.ts';
import {isRehearsal, isStandIn, type RehearsedCall, rehearse, standsFor} from '../../src/system/rehearsal.ts';
import {testHost} from '../support/test-host.ts';

const test = suite('rehearsal');
const file = join(testHost.tmp, 'made');

function notes(): {calls: RehearsedCall[]; note(call: RehearsedCall): void; standsFor(path: string): string} {
  const calls: RehearsedCall[] = [];
  return {calls, note: (call) => calls.push(call), standsFor: (path) => path.replace('/stand-in', '')};
}

test('programs are noted with their input and what takes them back, and not run', async () => {
  const noted = notes();
  const result = await rehearse(noted, async () => {
    await runProgram('touch', [file]);
    return await runQuickProgram('tee', [file], {input: 'a\n', undo: `rm ${file}`});
  });
  assert.equal(result, {stdout: '', stderr: '', status: 0});
  assert.equal(noted.calls, [
    {call: `touch ${file}`},
    {call: `tee ${file} <<'END'\na\nEND`, undo: `rm ${file}`},
  ]);
  assert.not.ok(existsSync(file));
});

test('what only reads is run', async () => {
  const noted = notes();
  const read = await rehearse(noted, () => runQuickProgram('echo', ['hi'], {reads: true}));
  assert.is(read.stdout, 'hi\n');
  assert.equal(noted.calls, []);
});

test('other work at the same time takes no part', async () => {
  const noted = notes();
  const other = sleep(5).then(() => runQuickProgram('echo', ['really']));
  await rehearse(noted, async () => {
    await sleep(20);
    assert.ok(isRehearsal());
  });
  assert.is((await other).stdout, 'really\n');
  assert.equal(noted.calls, []);
  assert.not.ok(isRehearsal());
});

test('a stand-in stands for a real path, in a rehearsal alone', async () => {
  await rehearse(notes(), async () => {
    assert.is(standsFor('/data/stand-in/x'), '/data/x');
    assert.ok(isStandIn('/data/stand-in/x'));
    assert.not.ok(isStandIn('/data/x'));
  });
  assert.is(standsFor('/data/stand-in/x'), '/data/stand-in/x');
});

test.run();
