import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {checkOomScore, lowestOomScore} from '../../bundles/oom-score.ts';
import {hostFacts, hostWithout} from '../support/bundle-input.ts';
import {engineErrorOf} from '../support/engine-error.ts';

const bound = hostWithout('CAP_SYS_RESOURCE', {oomScoreAdj: 200});

test('0 is the default, but where it cannot be set', () => {
  assert.is(lowestOomScore(hostFacts({oomScoreAdj: 200})), 0);
  assert.is(lowestOomScore(bound), 200);
});

test('scores from -1000 to 1000', async () => {
  checkOomScore(-1000, hostFacts());
  checkOomScore(1000, hostFacts());
  const error = await engineErrorOf(() => checkOomScore(1001, hostFacts()));
  assert.is(error.code, 'invalid-option');
  assert.is(error.message, 'Invalid value 1001, range for oom score adj is [-1000, 1000]');
});

test('without CAP_SYS_RESOURCE a score can only rise', async () => {
  checkOomScore(200, bound);
  const error = await engineErrorOf(() => checkOomScore(199, bound));
  assert.is(error.code, 'host-unsupported');
  assert.is(
    error.message,
    'cannot set the oom score to 199: that of this process is 200, and it has no CAP_SYS_RESOURCE to lower it',
  );
});

test.run();
