// Power cuts by the hundred: `./dev test long`.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {cutPower} from '../support/power-cuts.ts';

const test = suite('hundreds of power cuts');

test('after each of 240 power cuts what is there is whole, and the rest can be had again', async () => {
  const counts = await cutPower({cuts: 240, longestMs: 120});
  console.log(
    `${counts.cuts} cuts: ${counts.partial} with less than everything, ${counts.images} images compared`,
  );
  assert.is(counts.cuts, 240);
  assert.ok(counts.partial > 50, `only ${counts.partial} cuts met the work half-way`);
});

test.run();
