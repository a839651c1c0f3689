// The power goes at any moment of what changes the store. Hundreds of cuts: test/long/power-cuts.ts.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {cutPower} from '../support/power-cuts.ts';

const test = suite('power cuts');

test('after a power cut what is there is whole, and the rest can be had again', async () => {
  const {cuts, partial} = await cutPower({cuts: 8, longestMs: 150});
  assert.is(cuts, 8);
  assert.ok(partial > 1, `only ${partial} cuts met the work half-way`);
});

test.run();
