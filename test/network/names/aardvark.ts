import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type AardvarkNetwork, networkFile, networkFileName} from '../../../src/network/names/aardvark.ts';

const test = suite('files of aardvark-dns');
const web = {id: 'a1', ipv4: '10.0.0.2', ipv6: 'fd00::2', names: ['web', 'web.front'], isInside: false};
const front: AardvarkNetwork = {
  id: '0123456789abcdef',
  gateways: ['10.0.0.1', 'fd00::1'],
  resolvers: [],
  internal: false,
  containers: [web],
};

test('a network is its gateways and a line for each container', () => {
  assert.is(networkFileName(front), '0123456789ab');
  assert.is(networkFile(front), '10.0.0.1,fd00::1\na1 10.0.0.2 fd00::2 web,web.front\n');
});

test('a missing address leaves its place empty', () => {
  const containers = [{id: 'a1', ipv4: '10.0.0.2', names: ['web'], isInside: false}];
  assert.is(networkFile({...front, containers}), '10.0.0.1,fd00::1\na1 10.0.0.2  web\n');
});

test('resolvers stand behind the gateways', () => {
  const text = networkFile({...front, resolvers: ['9.9.9.9', '1.1.1.1'], containers: []});
  assert.is(text, '10.0.0.1,fd00::1 9.9.9.9,1.1.1.1\n');
});

test('an internal network says so in its name, and who is on no other asks nobody', () => {
  const inner = {...front, internal: true, resolvers: ['9.9.9.9'], containers: [{...web, isInside: true}]};
  assert.is(networkFileName(inner), '0123456789ab%int');
  assert.is(networkFile(inner), '10.0.0.1,fd00::1\na1 10.0.0.2 fd00::2 web,web.front 255.255.255.255\n');
});

test('names that would break the form of the file are left out', () => {
  const containers = [{...web, names: ['web', 'a b', 'c,d', 'e\nf', '']}];
  assert.is(networkFile({...front, containers}), '10.0.0.1,fd00::1\na1 10.0.0.2 fd00::2 web\n');
});

test.run();
