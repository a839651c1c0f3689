import {readFileSync} from 'node:fs';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {configurationPage} from '../../docs/configuration.ts';

test('docs/configuration.md is what `node docs/configuration.ts` writes today', () => {
  const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  assert.fixture(page, configurationPage());
});

test.run();
