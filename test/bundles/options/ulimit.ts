import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseUlimit} from '../../../bundles/options/ulimit.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

const limits: [text: string, soft: number, hard: number][] = [
  ['nofile=1024', 1024, 1024],
  ['nofile=1024:2048', 1024, 2048],
  ['core=-1', -1, -1],
  ['core=0:-1', 0, -1],
  ['memlock=infinity', -1, -1],
  ['stack=5:infinity', 5, -1],
];
for (const [text, soft, hard] of limits) {
  test(`'${text}' is ${soft} and ${hard}`, () => {
    assert.equal(parseUlimit(text), {name: text.slice(0, text.indexOf('=')), soft, hard});
  });
}

const refused: [text: string, message: string][] = [
  ['nofile', 'invalid ulimit argument: nofile'],
  ['foo=1', 'invalid ulimit type: foo'],
  ['as=1', 'invalid ulimit type: as'],
  ['NOFILE=1', 'invalid ulimit type: NOFILE'],
  ['nofile=2:1', 'ulimit soft limit must be less than or equal to hard limit: 2 > 1'],
  [
    'nofile=-1:5',
    'ulimit soft limit must be less than or equal to hard limit: soft: -1 (unlimited), hard: 5',
  ],
  ['nofile=x', 'strconv.ParseInt: parsing "x": invalid syntax'],
  ['nofile=', 'strconv.ParseInt: parsing "": invalid syntax'],
  ['nofile=1:', 'strconv.ParseInt: parsing "": invalid syntax'],
  ['nofile=-2', 'strconv.ParseInt: parsing "-2": invalid syntax'],
  ['nofile=1:2:3', 'too many limit value arguments - 1:2:3, can only have up to two, `soft[:hard]`'],
];
for (const [text, message] of refused) {
  test(`'${text}' is refused in Docker’s words`, async () => {
    const error = await engineErrorOf(() => parseUlimit(text));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, message);
  });
}

test.run();
