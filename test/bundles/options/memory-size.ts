import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseMemory, parseMemorySwap} from '../../../bundles/options/memory-size.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

// What docker/go-units makes of the same texts: RAMInBytes.
const sizes: [text: string, bytes: number][] = [
  ['0', 0],
  ['1048576', 1_048_576],
  ['512b', 512],
  ['512k', 524_288],
  ['512K', 524_288],
  ['512m', 536_870_912],
  ['512MB', 536_870_912],
  ['512MiB', 536_870_912],
  ['1g', 1_073_741_824],
  ['1.5g', 1_610_612_736],
  ['.5k', 512],
  ['1.k', 1024],
  ['2t', 2_199_023_255_552],
  ['1 g', 1_073_741_824],
  ['1.9b', 1],
];
for (const [text, bytes] of sizes) {
  test(`'${text}' is ${bytes} bytes`, () => {
    assert.is(parseMemory(text), bytes);
  });
}

const refused: [text: string, message: string][] = [
  ['', "invalid size: ''"],
  ['x', "invalid size: 'x'"],
  ['g', "invalid size: 'g'"],
  ['-5', "invalid size: '-5'"],
  ['-5m', "invalid size: '-5m'"],
  ['5x', "invalid suffix: 'x'"],
  ['5mm', "invalid suffix: 'mm'"],
  ['5bb', "invalid suffix: 'bb'"],
  ['5ib', "invalid suffix: 'ib'"],
  ['1.2.3m', 'strconv.ParseFloat: parsing "1.2.3": invalid syntax'],
  ['999999999p', "invalid size: '999999999p'"],
];
for (const [text, message] of refused) {
  test(`'${text}' is refused in Docker’s words`, async () => {
    const error = await engineErrorOf(() => parseMemory(text));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, message);
  });
}

test('-1 is a limit of memory and swap: none', () => {
  assert.is(parseMemorySwap('-1'), -1);
  assert.is(parseMemorySwap('2m'), 2_097_152);
});

test.run();
