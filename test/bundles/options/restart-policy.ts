import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseRestartPolicy} from '../../../bundles/options/restart-policy.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

const policies: [text: string, name: string, maximumRetryCount: number][] = [
  ['always', 'always', 0],
  ['always:0', 'always', 0],
  ['unless-stopped', 'unless-stopped', 0],
  ['on-failure', 'on-failure', 0],
  ['on-failure:', 'on-failure', 0],
  ['on-failure:5', 'on-failure', 5],
  ['on-failure:+05', 'on-failure', 5],
];
for (const [text, name, maximumRetryCount] of policies) {
  test(`'${text}' is ${name} with ${maximumRetryCount} retries`, () => {
    assert.equal(parseRestartPolicy(text), {name, maximumRetryCount});
  });
}

for (const text of ['no', 'no:0', '']) {
  test(`'${text}' is no policy`, () => assert.is(parseRestartPolicy(text), undefined));
}

const unknown = (name: string) =>
  `invalid restart policy: unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`;
const misplaced = "invalid restart policy: maximum retry count can only be used with 'on-failure'";
const refused: [text: string, message: string][] = [
  [':3', 'invalid restart policy format: no policy provided before colon'],
  ['on-failure:x', 'invalid restart policy format: maximum retry count must be an integer'],
  ['on-failure:1:2', 'invalid restart policy format: maximum retry count must be an integer'],
  [
    'on-failure:99999999999999999999',
    'invalid restart policy format: maximum retry count must be an integer',
  ],
  ['on-failure:-1', 'invalid restart policy: maximum retry count cannot be negative'],
  ['always:3', misplaced],
  ['no:-3', `${misplaced} and cannot be negative`],
  ['sometimes', unknown('sometimes')],
  ['Always', unknown('Always')],
];
for (const [text, message] of refused) {
  test(`'${text}' is refused in Docker's words`, async () => {
    const error = await engineErrorOf(() => parseRestartPolicy(text));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, message);
    assert.is(error.oclif.exit, 125);
  });
}

test.run();
