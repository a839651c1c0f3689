import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {containerRlimits} from '../../bundles/rlimits.ts';
import {hostFacts, hostWithout} from '../support/bundle-input.ts';
import {engineErrorOf} from '../support/engine-error.ts';

const mighty = hostFacts();
const limited = hostWithout('CAP_SYS_RESOURCE', {
  rlimits: {
    RLIMIT_NOFILE: {soft: 1000, hard: 5000},
    RLIMIT_CORE: {soft: 0, hard: Number.POSITIVE_INFINITY},
  },
});
const unlimited = 2n ** 64n - 1n;

test('without ulimits nothing is set: limits are inherited', () => {
  assert.equal(containerRlimits([], [], mighty), []);
});

test('the run’s limits win over the configuration’s, and names are in order', () => {
  assert.equal(
    containerRlimits(
      [{name: 'nproc', soft: 1, hard: 2}],
      [
        {name: 'nproc', soft: 5, hard: 5},
        {name: 'core', soft: -1, hard: -1},
      ],
      mighty,
    ),
    [
      {type: 'RLIMIT_CORE', soft: unlimited, hard: unlimited},
      {type: 'RLIMIT_NPROC', soft: 1, hard: 2},
    ],
  );
});

test('without CAP_SYS_RESOURCE a default is cut to what may be set', () => {
  const cut = (soft: number, hard: number) =>
    containerRlimits([], [{name: 'nofile', soft, hard}], limited)[0];
  assert.equal(cut(1_000_000, -1), {type: 'RLIMIT_NOFILE', soft: 5000, hard: 5000});
  assert.equal(cut(100, 1_000_000), {type: 'RLIMIT_NOFILE', soft: 100, hard: 5000});
  assert.equal(cut(100, 200), {type: 'RLIMIT_NOFILE', soft: 100, hard: 200});
});

test('no limit may be set where there is none', () => {
  assert.equal(containerRlimits([], [{name: 'core', soft: -1, hard: -1}], limited), [
    {type: 'RLIMIT_CORE', soft: unlimited, hard: unlimited},
  ]);
});

test('with CAP_SYS_RESOURCE nothing is cut', () => {
  const asked = {name: 'nofile', soft: 1_000_000, hard: 1_000_000};
  assert.equal(containerRlimits([asked], [], mighty), [
    {type: 'RLIMIT_NOFILE', soft: 1_000_000, hard: 1_000_000},
  ]);
});

for (const [hard, words] of [
  [6000, '6000'],
  [-1, 'unlimited'],
] as const) {
  test(`--ulimit above what may be set is refused: ${words}`, async () => {
    const error = await engineErrorOf(() => containerRlimits([{name: 'nofile', soft: 1, hard}], [], limited));
    assert.is(error.code, 'host-unsupported');
    assert.is(
      error.message,
      `cannot set ulimit nofile to ${words}: the hard limit of this process is 5000, and it has no CAP_SYS_RESOURCE to raise it`,
    );
  });
}

test.run();
