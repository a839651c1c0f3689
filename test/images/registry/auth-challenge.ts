import {suite} from 'uvu';
import {equal} from 'uvu/assert';
import {parseChallenges} from '../../../src/images/registry/auth-challenge.ts';

const test = suite('auth-challenge');

const parse = (header: string) =>
  parseChallenges(header).map(({scheme, parameters}) => [scheme, {...parameters}]);

for (const [header, expected] of [
  [
    'Bearer realm="https://a/token",service="a",scope="repository:x:pull,push"',
    [['bearer', {realm: 'https://a/token', service: 'a', scope: 'repository:x:pull,push'}]],
  ],
  ['Basic realm="x"', [['basic', {realm: 'x'}]]],
  ['basic', [['basic', {}]]],
  ['BEARER Realm = "a" , SERVICE=b', [['bearer', {realm: 'a', service: 'b'}]]],
  [
    'Basic realm="x", Bearer realm="y",service="z"',
    [
      ['basic', {realm: 'x'}],
      ['bearer', {realm: 'y', service: 'z'}],
    ],
  ],
  [
    'Negotiate, Basic realm="x"',
    [
      ['negotiate', {}],
      ['basic', {realm: 'x'}],
    ],
  ],
  ['Bearer realm="a \\"quoted\\" b"', [['bearer', {realm: 'a "quoted" b'}]]],
  ['Bearer realm="a=b,c=d"', [['bearer', {realm: 'a=b,c=d'}]]],
  ['Bearer __proto__="x"', [['bearer', {['__proto__']: 'x'}]]],
  ['', []],
  ['=,=;', []],
  ['Bearer realm="never ends', [['bearer', {}]]],
] as const) {
  test(`${header === '' ? 'nothing' : header} is read`, () =>
    equal(JSON.stringify(parse(header)), JSON.stringify(expected)));
}

test('a very long header costs no time', () => {
  parseChallenges(`Bearer ${'a="'.repeat(100_000)}`);
  parseChallenges(' '.repeat(1_000_000));
  parseChallenges(`Bearer realm="${'\\'.repeat(8000)}`);
});

test.run();
