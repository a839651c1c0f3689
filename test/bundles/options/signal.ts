import {constants} from 'node:os';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseSignal} from '../../../bundles/options/signal.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

const signals: [text: string, name: string, number: number][] = [
  ['SIGTERM', 'SIGTERM', 15],
  ['term', 'SIGTERM', 15],
  ['9', 'SIGKILL', 9],
  ['SIGRTMIN+3', 'SIGRTMIN+3', 37],
  ['RTMIN', 'SIGRTMIN', 34],
  ['rtmax-1', 'SIGRTMAX-1', 63],
  ['SIGRTMAX', 'SIGRTMAX', 64],
  ['37', 'SIGRTMIN+3', 37],
  ['RTMIN+20', 'SIGRTMAX-10', 54],
  ['CLD', 'SIGCHLD', 17],
];
for (const [text, name, number] of signals) {
  test(`'${text}' is ${name}`, () => {
    assert.equal(parseSignal(text), {name, number});
  });
}

test('every signal that Node.js knows has the same number here', () => {
  for (const [name, number] of Object.entries(constants.signals)) {
    assert.is(parseSignal(name).number, number, name);
  }
});

for (const text of ['FOO', '', '0', '32', '33', '65', '-9', 'SIG', 'RTMIN-1', 'RTMIN+31', 'RTMAX+1']) {
  test(`'${text}' is refused in Docker’s words`, async () => {
    const error = await engineErrorOf(() => parseSignal(text));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, `invalid signal: ${text}`);
  });
}

test.run();
