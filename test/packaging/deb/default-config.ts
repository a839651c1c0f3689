import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {defaultConfig} from '../../../packaging/deb/default-config.ts';
import {parseConfig} from '../../../src/config/config.ts';
import {configKeys} from '../../../src/config/keys.ts';

const test = suite('default configuration');
const defaults = parseConfig('', 'empty');

test('as installed it changes nothing', () => {
  assert.equal(parseConfig(defaultConfig(), 'config.json'), defaults);
});

test('it shows every key', () => {
  const shown = [...defaultConfig().matchAll(/^ {2}\/\/ "([a-z0-9-]+)": /gm)].map(([, name]) => name);
  assert.equal(
    shown,
    Object.values(configKeys).map(({name}) => name),
  );
});

test('every key is the default when switched on alone, but for examples', () => {
  for (const [field, {name, example}] of Object.entries(configKeys)) {
    const text = defaultConfig().replace(`  // "${name}": `, `  "${name}": `);
    const expected = example === undefined ? defaults : {...defaults, ...switchedOn(field, text)};
    assert.equal(parseConfig(text, 'config.json'), expected, name);
  }
});

test('all keys may be switched on together', () => {
  const text = defaultConfig().replace(/^ {2}\/\/ (?=")/gm, '  ');
  assert.is(parseConfig(text, 'config.json').mtu, 1500);
});

// The one field that the example sets, which must differ from the default.
function switchedOn(field: string, text: string): object {
  const value = (parseConfig(text, 'config.json') as unknown as Record<string, unknown>)[field];
  assert.not.equal(value, undefined, field);
  return {[field]: value};
}

test.run();
