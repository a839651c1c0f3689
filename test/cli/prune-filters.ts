// `--filter` of every prune, with the words of docker 28.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {pruneFilters} from '../../src/cli/prune-filters.ts';

const test = suite('prune filters');

function picks(filters: string[], labels: Record<string, string>): boolean | undefined {
  return pruneFilters(filters).matchesLabels?.(labels);
}

test('labels add up, label! takes away', () => {
  const filters = ['label=a', 'label!=c=d', 'until=1h'];
  assert.is(picks(filters, {a: '1'}), true);
  assert.is(picks(filters, {a: '1', c: 'd'}), false);
  assert.is(picks(filters, {a: '1', c: 'e'}), true);
  assert.is(picks(filters, {}), false);
  assert.is(picks(['label=a=1'], {a: '2'}), false);
  assert.is(picks([], {}), true);
});

test('until is handed on as it is', () => {
  assert.is(pruneFilters(['until=1h']).until, '1h');
  assert.is(pruneFilters([]).until, undefined);
  assert.throws(() => pruneFilters(['until=1h', 'until=2h']), /^more than one until filter specified$/m);
});

test('wrong ones are refused', () => {
  assert.throws(() => pruneFilters(['name=x']), /^invalid filter 'name'$/m);
  assert.throws(() => pruneFilters(['until=1h'], ['label']), /^invalid filter 'until'$/m);
  assert.throws(
    () => pruneFilters(['label']),
    /^invalid argument "label" for "--filter" flag: bad format of filter \(expected name=value\)$/m,
  );
});

test.run();
