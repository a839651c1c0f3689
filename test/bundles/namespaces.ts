import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {containerMounts} from '../../bundles/container-mounts.ts';
import type {ContainerOptions} from '../../bundles/container-options.ts';
import {containerHostname} from '../../bundles/namespaces.ts';
import {checkSharing} from '../../bundles/sharing-checks.ts';
import {
  buildChecked,
  bundleInput,
  containerId,
  containerOptions,
  hostFacts,
} from '../support/bundle-input.ts';
import {engineErrorOf} from '../support/engine-error.ts';

function namespacesOf(options: Partial<ContainerOptions>, change: Parameters<typeof bundleInput>[1] = {}) {
  const {namespaces} = buildChecked(bundleInput(options, change)).linux;
  return namespaces.map(({type, path}) => (path === undefined ? type : `${type}:${path}`));
}

test('a container has its own namespaces, shares the host’s, or joins another’s', () => {
  const all = ['mount', 'network', 'uts', 'pid', 'ipc', 'cgroup'];
  assert.equal(namespacesOf({}), all);
  assert.equal(namespacesOf({ipc: {kind: 'none'}}), all);
  assert.equal(namespacesOf({ipc: {kind: 'shareable'}}), all);
  assert.equal(
    namespacesOf({pid: {kind: 'host'}, ipc: {kind: 'host'}, uts: 'host', cgroupNamespace: 'host'}),
    ['mount', 'network'],
  );
  const container = 'f'.repeat(64);
  assert.equal(
    namespacesOf(
      {pid: {kind: 'container', container}, ipc: {kind: 'container', container}},
      {joined: {pid: '/proc/7/ns/pid', ipc: '/proc/7/ns/ipc'}},
    ),
    ['mount', 'network', 'uts', 'pid:/proc/7/ns/pid', 'ipc:/proc/7/ns/ipc', 'cgroup'],
  );
});

test('with the host’s name none is set', () => {
  const options = containerOptions({uts: 'host'});
  const config = buildChecked(bundleInput(options));
  assert.is('hostname' in config, false);
  assert.is(containerHostname({id: containerId, options, host: hostFacts()}), 'raspberry');
  assert.ok(config.process.env.includes('HOSTNAME=raspberry'));
});

test('kernel parameters that were asked for go over the defaults', () => {
  const sysctls = {'net.ipv4.ip_unprivileged_port_start': '1024', 'kernel.msgmax': '9000'};
  assert.equal(buildChecked(bundleInput({sysctls, domainname: 'example.org'})).linux.sysctl, {
    'net.ipv4.ip_unprivileged_port_start': '1024',
    'net.ipv4.ping_group_range': '0 2147483647',
    'kernel.domainname': 'example.org',
    'kernel.msgmax': '9000',
  });
});

test('annotations are passed on beside our own', () => {
  const {annotations} = buildChecked(bundleInput({annotations: {'org.example.x': 'y'}}));
  assert.equal(annotations, {'org.example.x': 'y', 'dev.crundle.default-home': 'true'});
});

test('/dev/shm is the container’s own, another’s, or not there', () => {
  const shm = (options: Partial<ContainerOptions>, sharedMemoryPath?: string) =>
    containerMounts(bundleInput(options, sharedMemoryPath === undefined ? {} : {sharedMemoryPath})).find(
      ({destination}) => destination === '/dev/shm',
    );
  assert.is(shm({shmSizeBytes: 4096})?.options?.at(-1), 'size=4096');
  assert.is(shm({ipc: {kind: 'none'}}), undefined);
  assert.is(shm({ipc: {kind: 'host'}})?.source, '/dev/shm');
  assert.is(shm({ipc: {kind: 'shareable'}}, '/c/shm')?.source, '/c/shm');
});

test('the cgroups are writable as privileged says, unless --security-opt says otherwise', () => {
  const isReadOnly = (privileged: boolean, writableCgroups?: boolean) =>
    containerMounts(
      bundleInput({
        privileged,
        security: {
          seccomp: {kind: 'default'},
          unconfinedSystemPaths: false,
          ...(writableCgroups !== undefined && {writableCgroups}),
        },
      }),
    )
      .find(({destination}) => destination === '/sys/fs/cgroup')
      ?.options?.includes('ro');
  assert.is(isReadOnly(false), true);
  assert.is(isReadOnly(true), false);
  assert.is(isReadOnly(false, true), false);
  assert.is(isReadOnly(true, false), true);
});

const shared = {kind: 'container', container: 'x'} as const;
const conflicts: [options: Partial<ContainerOptions>, message: string][] = [
  [{network: shared, hostname: 'x'}, 'conflicting options: hostname and the network mode'],
  [
    {network: shared, dns: {servers: ['192.0.2.1'], search: [], options: []}},
    'conflicting options: dns and the network mode',
  ],
  [
    {network: shared, extraHosts: [{name: 'a', address: '192.0.2.1'}]},
    'conflicting options: custom host-to-IP mapping and the network mode',
  ],
  [{uts: 'host', hostname: 'x'}, 'conflicting options: hostname and the UTS mode'],
  [{uts: 'host', domainname: 'x'}, 'conflicting options: hostname and the UTS mode'],
  [
    {network: {kind: 'host'}, sysctls: {'net.ipv4.ip_forward': '1'}},
    'sysctl "net.ipv4.ip_forward" not allowed in host network namespace',
  ],
  [
    {ipc: {kind: 'host'}, sysctls: {'fs.mqueue.msg_max': '5'}},
    'sysctl "fs.mqueue.msg_max" is not allowed in the hosts ipc namespace',
  ],
];
for (const [options, message] of conflicts) {
  test(`refused: ${JSON.stringify(options)}`, async () => {
    const error = await engineErrorOf(() => checkSharing(containerOptions(options)));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, message);
  });
}

test.run();
