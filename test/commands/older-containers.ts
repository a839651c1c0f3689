// Containers that an older crundle has made: their options lack every field that came since, and need no migration.
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {StateDatabase} from '../../src/state/database.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundleOk, testHost} from '../support/test-host.ts';

const test = suite('older containers');
const {image} = await serveBusybox(test);

/** What 0.1 wrote for `create --network none -v data:/data -v /anonymous -m 64m IMAGE echo ran`. */
const olderOptions = {
  command: ['echo', 'ran'],
  env: [],
  labels: {},
  mounts: [
    {type: 'volume', name: 'data', target: '/data', readOnly: false, noCopy: false},
    {type: 'volume', target: '/anonymous', readOnly: false, noCopy: false},
    {type: 'tmpfs', target: '/cache', options: ['size=1m']},
  ],
  readOnlyRootfs: false,
  capAdd: [],
  capDrop: [],
  privileged: false,
  security: {seccomp: {kind: 'default'}, unconfinedSystemPaths: false},
  resources: {memoryBytes: 67_108_864},
  ulimits: [],
  network: {kind: 'none'},
  ports: [],
  exposed: [],
  publishAll: false,
  tty: false,
  openStdin: false,
  stdinOnce: false,
  autoRemove: false,
};

test('an older container is shown, starts and goes', async () => {
  const volumes = ['-v', 'data:/data', '-v', '/anonymous'];
  const id = await crundleOk(['create', '--network', 'none', ...volumes, image, 'echo', 'ran']);
  const state = new StateDatabase(join(testHost.dataRoot, 'crundle.db'));
  state.prepare('UPDATE containers SET options = ? WHERE id = ?').run(JSON.stringify(olderOptions), id);
  state.close();
  const [{HostConfig, Config}] = JSON.parse(await crundleOk(['inspect', id]));
  const {Binds, Tmpfs, IpcMode, PidMode, Devices, ExtraHosts, MemorySwap, LogConfig} = HostConfig;
  assert.equal(
    {Binds, Tmpfs, IpcMode, PidMode, Devices, ExtraHosts, MemorySwap, LogType: LogConfig.Type},
    {
      Binds: ['data:/data'],
      Tmpfs: {'/cache': 'size=1m'},
      IpcMode: 'private',
      PidMode: '',
      Devices: [],
      ExtraHosts: null,
      MemorySwap: 134_217_728,
      LogType: 'json-file',
    },
  );
  assert.equal([Config.Domainname, Config.AttachStdout], ['', true]);
  assert.is(await crundleOk(['start', '-a', id]), 'ran');
  assert.is(await crundleOk(['logs', id]), 'ran');
  const heir = [
    'run',
    '--rm',
    '--network',
    'none',
    '--volumes-from',
    id,
    image,
    'ls',
    '-d',
    '/data',
    '/anonymous',
  ];
  assert.is(await crundleOk(heir), '/anonymous\n/data');
  await crundleOk(['rm', '-v', id]);
  await assertHostClean();
});

test.run();
