import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseExpose} from '../../../bundles/options/expose.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

const ports: [text: string, expected: object[]][] = [
  ['80', [{port: 80, protocol: 'tcp'}]],
  ['53/udp', [{port: 53, protocol: 'udp'}]],
  [
    '80-81/SCTP',
    [
      {port: 80, protocol: 'sctp'},
      {port: 81, protocol: 'sctp'},
    ],
  ],
];
for (const [text, expected] of ports) {
  test(`--expose ${text}`, () => assert.equal(parseExpose(text), expected));
}

// Each message as docker 28.2 has it, but for the protocol's, which is its daemon's.
const refused: [text: string, message: string][] = [
  ['x', 'invalid range format for --expose: x, error: strconv.ParseUint: parsing "x": invalid syntax'],
  ['80-70', 'invalid range format for --expose: 80-70, error: invalid range specified for port: 80-70'],
  ['80:90', 'invalid port format for --expose: 80:90'],
  [
    '70000',
    'invalid range format for --expose: 70000, error: strconv.ParseUint: parsing "70000": value out of range',
  ],
  ['', 'invalid range format for --expose: , error: empty string specified for ports.'],
  ['80/foo', 'invalid proto: foo'],
];
for (const [text, message] of refused) {
  test(`--expose '${text}' is refused`, async () => {
    const error = await engineErrorOf(() => parseExpose(text));
    assert.equal([error.code, error.message], ['invalid-option', message]);
  });
}

test.run();
