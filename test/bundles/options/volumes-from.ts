import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseVolumesFrom} from '../../../bundles/options/volumes-from.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

for (const [text, readOnly] of [
  ['data', false],
  ['data:rw', false],
  ['data:ro', true],
  ['data:ro,z', true],
] as const) {
  test(text, () => assert.equal(parseVolumesFrom(text), {container: 'data', readOnly}));
}

for (const mode of ['', 'foo', 'ro,rw', 'ro,ro', 'rshared', 'nocopy']) {
  test(`the mode ${JSON.stringify(mode)} is refused`, async () => {
    const error = await engineErrorOf(() => parseVolumesFrom(`data:${mode}`));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, `invalid mode: ${mode}`);
  });
}

test.run();
