import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  listNamespaces,
  namespaceExists,
  namespaceName,
  namespacePath,
  removeNamespace,
} from '../../../src/network/links/network-namespace.ts';

const test = suite('network-namespace');
const id = '0123456789abcdef'.repeat(4);

test.after.each(() => removeNamespace(id));

test('it is pinned where ip netns looks, under twelve digits of the id', () => {
  assert.is(namespaceName(id), 'crundle-0123456789ab');
  assert.is(namespacePath(id), '/run/netns/crundle-0123456789ab');
  assert.not(namespaceExists(id));
  execFileSync('ip', ['netns', 'add', namespaceName(id)]);
  assert.ok(namespaceExists(id));
  assert.equal(listNamespaces(), ['0123456789ab']);
});

test('removing takes pin and file away, and may be repeated', () => {
  execFileSync('ip', ['netns', 'add', namespaceName(id)]);
  removeNamespace(id);
  removeNamespace(id);
  assert.not(namespaceExists(id));
  assert.equal(listNamespaces(), []);
});

test('a file that a killed command left is no namespace, is listed, and is removed', () => {
  mkdirSync('/run/netns', {recursive: true});
  writeFileSync(namespacePath(id), '');
  assert.not(namespaceExists(id));
  assert.equal(listNamespaces(), ['0123456789ab']);
  removeNamespace(id);
  assert.equal(listNamespaces(), []);
});

test.run();
