import {suite} from 'uvu';
import {equal, is} from 'uvu/assert';
import {parseRegistryName} from '../../../src/images/registry/registry-name.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

const test = suite('registry names');
const hub = {registry: 'docker.io', key: 'https://index.docker.io/v1/'};

test('Docker Hub by all of its names', () => {
  for (const name of [undefined, 'docker.io', 'index.docker.io', 'https://index.docker.io/v1/']) {
    equal(parseRegistryName(name), hub);
  }
});

test('a host, with or without what surrounds it in a URL', () => {
  for (const name of ['ghcr.io', 'https://ghcr.io', 'http://ghcr.io/v2/', 'ghcr.io/owner']) {
    equal(parseRegistryName(name), {registry: 'ghcr.io', key: 'ghcr.io'});
  }
  equal(parseRegistryName('[::1]:5000'), {registry: '[::1]:5000', key: '[::1]:5000'});
});

test('what is no host', async () => {
  for (const name of ['', 'foo bar', 'a_b', 'user@host', 'host:port']) {
    const error = await engineErrorOf(() => parseRegistryName(name));
    is(error.code, 'invalid-reference');
    is(error.message, `unable to parse server address: '${name}'`);
  }
});

test.run();
