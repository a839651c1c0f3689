import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {isBridgeName} from '../../src/addresses/interface-name.ts';

const test = suite('interface names');

for (const name of ['br0', 'a', 'shop.100', '123456789012345']) {
  test(`a bridge may be named ${name}`, () => assert.ok(isBridgeName(name)));
}

for (const name of ['', '.', '..', 'a/b', 'a b', '1234567890123456', 'crundle-in', 'crundle-out']) {
  test(`no bridge is named '${name}'`, () => assert.not(isBridgeName(name)));
}

test.run();
