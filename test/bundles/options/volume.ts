import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {MountOption} from '../../../bundles/mount-options.ts';
import {checkDistinctTargets, parseVolume} from '../../../bundles/options/volume.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

function bind(source: string, target: string, change: object = {}): MountOption {
  return {type: 'bind', source, target, readOnly: false, propagation: 'rprivate', ...change};
}

function volume(name: string | undefined, target: string, change: object = {}): MountOption {
  return {type: 'volume', ...(name && {name}), target, readOnly: false, noCopy: false, ...change};
}

const mounts: [text: string, expected: MountOption][] = [
  ['/anon', volume(undefined, '/anon')],
  ['/anon/../other/', volume(undefined, '/other')],
  ['data:/data', volume('data', '/data')],
  ['data:/data:ro', volume('data', '/data', {readOnly: true})],
  ['my_data-1.2:/data:nocopy', volume('my_data-1.2', '/data', {noCopy: true})],
  ['data:/data:ro,nocopy,z', volume('data', '/data', {readOnly: true, noCopy: true})],
  ['/srv:/data', bind('/srv', '/data')],
  ['/srv/./a//b/../c/:/data/', bind('/srv/a/c', '/data')],
  ['/srv:/data:ro', bind('/srv', '/data', {readOnly: true})],
  ['/srv:/data:rw', bind('/srv', '/data')],
  ['/srv:/data:', bind('/srv', '/data')],
  ['/srv:/data:Z', bind('/srv', '/data')],
  ['/srv:/data:cached', bind('/srv', '/data')],
  ['/srv:/data:rslave', bind('/srv', '/data', {propagation: 'rslave'})],
  ['/srv:/data:ro,shared', bind('/srv', '/data', {readOnly: true, propagation: 'shared'})],
  ['./x:/data', bind('/home/me/x', '/data')],
  ['.:/data', bind('/home/me', '/data')],
  ['../x:/data:ro', bind('/home/x', '/data', {readOnly: true})],
  ['/:/host', bind('/', '/host')],
];
for (const [text, expected] of mounts) {
  test(`'${text}' is a ${expected.type}`, () => {
    assert.equal(parseVolume(text, '/home/me'), expected);
  });
}

const refused: [text: string, message: string][] = [
  ['', "invalid volume specification: ''"],
  [':/x', "invalid volume specification: ':/x'"],
  ['/x:', "invalid volume specification: '/x:'"],
  ['/x:ro', "invalid volume specification: '/x:ro'"],
  ['/a:/b:/c:ro', "invalid volume specification: '/a:/b:/c:ro'"],
  ['/a:/b:wat', 'invalid mode: wat'],
  ['/a:/b:ro,rw', 'invalid mode: ro,rw'],
  ['/a:/b:ro,', 'invalid mode: ro,'],
  ['/a:/b:toString', 'invalid mode: toString'],
  ['rel', "invalid mount path: 'rel' mount path must be absolute"],
  ['/', "invalid specification: destination can't be '/'"],
  [
    '/a:/',
    "invalid volume specification: '/a:/': invalid mount config for type \"bind\": invalid specification: destination can't be '/'",
  ],
  [
    'data:rel',
    "invalid volume specification: 'data:rel': invalid mount config for type \"volume\": invalid mount path: 'rel' mount path must be absolute",
  ],
  [
    'data:/x:shared',
    'invalid volume specification: \'data:/x:shared\': invalid mount config for type "volume": field BindOptions must not be specified',
  ],
  [
    '/a:/x:nocopy',
    'invalid volume specification: \'/a:/x:nocopy\': invalid mount config for type "bind": field VolumeOptions must not be specified',
  ],
  [
    'a b:/x',
    'create a b: "a b" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path',
  ],
  [
    'a/b:/x',
    'create a/b: "a/b" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path',
  ],
  ['a:/x', 'create a: volume name is too short, names should be at least two alphanumeric characters'],
];
for (const [text, message] of refused) {
  test(`'${text}' is refused in Docker’s words`, async () => {
    const error = await engineErrorOf(() => parseVolume(text));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, message);
    assert.is(error.oclif.exit, 125);
  });
}

test('two mounts at one place are refused, whatever their kind', async () => {
  checkDistinctTargets([volume('data', '/a'), bind('/srv', '/b')]);
  const error = await engineErrorOf(() =>
    checkDistinctTargets([volume('data', '/a'), {type: 'tmpfs', target: '/a', options: []}]),
  );
  assert.is(error.code, 'invalid-option');
  assert.is(error.message, 'Duplicate mount point: /a');
});

test.run();
