import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseCgroupNamespace, parseCgroupParent} from '../../../bundles/options/cgroup.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

for (const [text, parent] of [
  ['/containers', '/containers'],
  ['containers', '/containers'],
  ['/a//b/', '/a/b'],
  ['machine.slice', 'machine.slice'],
  ['machine-web.slice', 'machine-web.slice'],
  ['/machine.slice', '/machine.slice'],
] as const) {
  test(`${text} is ${parent}`, () => assert.is(parseCgroupParent(text), parent));
}

for (const text of ['/', '/a/../b', '..', 'a\nb']) {
  test(`${JSON.stringify(text)} is no cgroup`, async () => {
    const error = await engineErrorOf(() => parseCgroupParent(text));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, `invalid cgroup parent: ${JSON.stringify(text)}`);
  });
}

test('the modes of the cgroup namespace', async () => {
  assert.is(parseCgroupNamespace(''), undefined);
  assert.is(parseCgroupNamespace('host'), 'host');
  assert.is(parseCgroupNamespace('private'), 'private');
  const error = await engineErrorOf(() => parseCgroupNamespace('container:x'));
  assert.is(error.message, '--cgroupns: invalid CGROUP mode');
});

test.run();
