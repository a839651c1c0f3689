import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {longestTimerMs, waited} from '../../src/system/long-timer.ts';

test('a wait ends after its time, or with the signal', async () => {
  const {signal} = new AbortController();
  const began = performance.now();
  assert.is(await waited(30, signal), true);
  assert.ok(performance.now() - began >= 29);
  assert.is(await waited(0, signal), true);
  assert.is(await waited(10, AbortSignal.abort()), false);
  assert.is(await waited(longestTimerMs * 3, AbortSignal.timeout(30)), false);
});

test.run();
