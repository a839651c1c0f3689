import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {MountOption} from '../../../bundles/mount-options.ts';
import {parseMount} from '../../../bundles/options/mount.ts';
import {mountOption} from '../../../bundles/options/mount-meaning.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

const bind = {
  type: 'bind',
  source: '/a',
  target: '/b',
  readOnly: false,
  propagation: 'rprivate',
  origin: 'mount',
};
const volume = {type: 'volume', target: '/b', readOnly: false, noCopy: false, origin: 'mount'};
const tmpfs = {type: 'tmpfs', target: '/b', options: [], origin: 'mount'};
const meanings: [text: string, expected: object][] = [
  ['type=bind,source=/a,target=/b', bind],
  ['TYPE=bind,src=/a/,destination=/b/.', bind],
  ['type=bind,src=./c,dst=/b', {...bind, source: '/here/c'}],
  ['type=bind,src=.,dst=/b', {...bind, source: '/here'}],
  ['type=bind,src=/a,dst=/b,ro', {...bind, readOnly: true}],
  ['type=bind,src=/a,dst=/b,readonly=1', {...bind, readOnly: true}],
  ['type=bind,src=/a,dst=/b,readonly=false', bind],
  ['type=bind,src=/a,dst=/b,bind-propagation=RSLAVE', {...bind, propagation: 'rslave'}],
  ['type=bind,src=/a,dst=/b,bind-nonrecursive', {...bind, recursion: 'disabled'}],
  ['type=bind,src=/a,dst=/b,bind-recursive=disabled', {...bind, recursion: 'disabled'}],
  [
    'type=bind,src=/a,dst=/b,ro,bind-recursive=readonly,bind-propagation=rprivate',
    {...bind, readOnly: true, recursion: 'readonly'},
  ],
  ['type=bind,"src=/a,1",dst=/b,consistency=cached', {...bind, source: '/a,1'}],
  ['dst=/b', volume],
  ['type=volume,src=data,dst=/b,ro', {...volume, name: 'data', readOnly: true}],
  ['src=data,dst=/b,volume-nocopy,volume-driver=local', {...volume, name: 'data', noCopy: true}],
  ['src=data,dst=/b,volume-subpath=a//b/', {...volume, name: 'data', subpath: 'a/b'}],
  [
    'src=data,dst=/b,volume-label=x=1,volume-label=y,volume-label==z',
    {...volume, name: 'data', labels: {x: '1', y: ''}},
  ],
  ['type=tmpfs,dst=/b', tmpfs],
  [
    'type=tmpfs,dst=/b,ro,tmpfs-size=1m,tmpfs-mode=01770',
    {...tmpfs, options: ['ro', 'size=1048576', 'mode=1770']},
  ],
];
for (const [text, expected] of meanings) {
  test(`--mount ${text}`, () => {
    const option: MountOption = mountOption(parseMount(text), '/here');
    assert.equal(option, expected);
  });
}

const refused: [text: string, code: string, message: string][] = [
  ['type=bind,src=/a,dst=/b,foo=1', 'invalid-option', "unexpected key 'foo' in 'foo=1'"],
  [
    'type=bind,src=/a,dst=/b,bind-recursive=writable',
    'invalid-option',
    "option 'bind-recursive=writable' requires 'readonly' to be specified in conjunction",
  ],
  [
    'src=data,dst=/b,volume-subpath=/x',
    'invalid-option',
    'invalid mount config for type "volume": subpath must be a relative path within the volume',
  ],
  [
    'src=data,dst=/b,volume-subpath=x/../../y',
    'invalid-option',
    'invalid mount config for type "volume": subpath must be a relative path within the volume',
  ],
  ['type=image,src=x,dst=/b', 'not-supported', 'cannot mount an image into a container: that is not built'],
];
for (const [text, code, message] of refused) {
  test(`--mount ${text} is refused`, async () => {
    const error = await engineErrorOf(() => mountOption(parseMount(text), '/here'));
    assert.is(error.code, code);
    assert.is(error.message, message);
  });
}

test.run();
