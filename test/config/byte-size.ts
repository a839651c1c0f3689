import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseByteSize} from '../../src/config/byte-size.ts';

// What docker/go-units makes of the same texts: RAMInBytes (binary) and FromHumanSize (decimal).
const sizes: [text: string, binary: number | undefined, decimal: number | undefined][] = [
  ['4096', 4096, 4096],
  ['32b', 32, 32],
  ['32B', 32, 32],
  ['32k', 32768, 32000],
  ['32KB', 32768, 32000],
  ['32kib', 32768, 32000],
  ['10m', 10_485_760, 10_000_000],
  ['1.5g', 1_610_612_736, 1_500_000_000],
  ['32 MB', 33_554_432, 32_000_000],
  ['', undefined, undefined],
  ['m', undefined, undefined],
  ['-10m', undefined, undefined],
  ['10 m b', undefined, undefined],
  ['10x', undefined, undefined],
  ['.5m', undefined, undefined],
  ['999999999p', undefined, undefined],
];
for (const [text, binary, decimal] of sizes) {
  test(`'${text}' is ${binary} bytes of memory and ${decimal} of a log`, () => {
    assert.is(parseByteSize(text, 'binary'), binary);
    assert.is(parseByteSize(text, 'decimal'), decimal);
  });
}

test.run();
