import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseCapabilities} from '../../../bundles/options/capability.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

test('names are taken in any case, with and without CAP_, each once', () => {
  assert.equal(parseCapabilities(['net_admin', 'CAP_SYS_TIME', 'cap_net_admin', 'all'], 'CapAdd'), [
    'NET_ADMIN',
    'SYS_TIME',
    'ALL',
  ]);
});

test('a name that Linux does not have is refused in Docker’s words', async () => {
  const error = await engineErrorOf(() => parseCapabilities(['foo'], 'CapDrop'));
  assert.is(error.code, 'invalid-option');
  assert.is(error.message, 'invalid CapDrop: unknown capability: "CAP_FOO"');
});

test.run();
