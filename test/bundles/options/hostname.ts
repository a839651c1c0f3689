import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseHostname} from '../../../bundles/options/hostname.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

for (const text of ['web', 'web-1', 'web.example.org', 'a_b', 'x', '0'.repeat(64)]) {
  test(`'${text}' is a hostname`, () => {
    assert.is(parseHostname(text), text);
  });
}

for (const text of ['', '-web', 'web-', 'a b', 'a/b', 'a\nb', 'ä', '.']) {
  test(`${JSON.stringify(text)} is refused`, async () => {
    const error = await engineErrorOf(() => parseHostname(text));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, `invalid hostname format for --hostname: ${text}`);
  });
}

test('what the kernel cannot hold is refused', async () => {
  const text = 'a'.repeat(65);
  const error = await engineErrorOf(() => parseHostname(text));
  assert.is(error.message, `invalid hostname format for --hostname: ${text}: longer than 64 characters`);
});

test.run();
