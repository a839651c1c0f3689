import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {alignColumns} from '../../../src/cli/output/table.ts';

const test = suite('table');

test("columns are as wide as docker's: the longest cell and three spaces, ten at least, the last one free", () => {
  assert.is(
    alignColumns([
      ['REPOSITORY', 'TAG', 'IMAGE ID', 'SIZE'],
      ['registry.example/app', 'latest', '05455a08881e', '7.38MB'],
    ]),
    'REPOSITORY             TAG       IMAGE ID       SIZE\n' +
      'registry.example/app   latest    05455a08881e   7.38MB\n',
  );
});

test('an empty column keeps its place', () => {
  assert.is(
    alignColumns([
      ['PORTS', 'NAMES'],
      ['', 'web'],
    ]),
    'PORTS     NAMES\n          web\n',
  );
});

test('characters are counted, not bytes', () => {
  assert.is(alignColumns([['abcdefghijklmnopqr…', 'x']]), 'abcdefghijklmnopqr…   x\n');
});

test.run();
