import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {ResolvedDevice} from '../../bundles/bundle-input.ts';
import {buildChecked, bundleInput} from '../support/bundle-input.ts';

const serial: ResolvedDevice = {
  path: '/dev/serial',
  type: 'c',
  major: 188,
  minor: 0,
  fileMode: 0o660,
  uid: 0,
  gid: 20,
  access: 'rw',
};
const {access: _, ...serialFile} = serial;

test('a device is made in the container, and may be used as asked', () => {
  const {linux} = buildChecked(bundleInput({}, {devices: [serial]}));
  assert.equal(linux.devices, [serialFile]);
  assert.equal(linux.resources?.devices?.at(-1), {
    allow: true,
    type: 'c',
    major: 188,
    minor: 0,
    access: 'rw',
  });
});

test('rules come after the devices’', () => {
  const {linux} = buildChecked(
    bundleInput(
      {
        deviceRules: [
          {type: 'c', major: 42, access: 'rwm'},
          {type: 'a', access: 'r'},
        ],
      },
      {devices: [serial]},
    ),
  );
  assert.equal(linux.resources?.devices?.slice(-2), [
    {allow: true, type: 'c', major: 42, access: 'rwm'},
    {allow: true, type: 'a', access: 'r'},
  ]);
});

test('a privileged container has the host’s devices, what was asked for under other names, and no rules', () => {
  const input = bundleInput({privileged: true, deviceRules: [{type: 'c', major: 42, access: 'rwm'}]});
  const [gpio] = input.host.devices;
  const {linux} = buildChecked({
    ...input,
    devices: [serial, ...(gpio ? [{...gpio, access: 'r'}] : [])],
  });
  assert.equal(
    linux.devices?.map(({path}) => path),
    ['/dev/gpiomem', '/dev/serial'],
  );
  assert.equal(linux.resources?.devices, [{allow: true, access: 'rwm'}]);
});

test.run();
