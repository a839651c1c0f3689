import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {BundleInput, ResolvedMount} from '../../bundles/bundle-input.ts';
import {containerMounts} from '../../bundles/container-mounts.ts';
import type {ContainerOptions} from '../../bundles/container-options.ts';
import type {Mount} from '../../src/oci/runtime-spec.ts';
import {buildChecked, bundleInput, hostFacts} from '../support/bundle-input.ts';
import {engineErrorOf} from '../support/engine-error.ts';

function mountsOf(options: Partial<ContainerOptions> = {}, change: Partial<BundleInput> = {}): Mount[] {
  const input = bundleInput(options, change);
  const mounts = containerMounts(input);
  assert.equal(buildChecked(input).mounts, mounts);
  return mounts;
}

function bind(destination: string, change: Partial<ResolvedMount> = {}): ResolvedMount {
  return {source: `/host${destination}`, destination, readOnly: false, propagation: 'rprivate', ...change};
}

function find(mounts: Mount[], destination: string): Mount | undefined {
  return mounts.find((mount) => mount.destination === destination);
}

test('the default mounts have Docker’s types and options', () => {
  assert.equal(mountsOf().slice(0, 7), [
    {destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev']},
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
    },
    {destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro']},
    {
      destination: '/sys/fs/cgroup',
      type: 'cgroup',
      source: 'cgroup',
      options: ['ro', 'nosuid', 'noexec', 'nodev'],
    },
    {
      destination: '/dev/mqueue',
      type: 'mqueue',
      source: 'mqueue',
      options: ['nosuid', 'noexec', 'nodev'],
    },
    {
      destination: '/dev/shm',
      type: 'tmpfs',
      source: 'shm',
      options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=67108864'],
    },
  ]);
});

test('a folder is mounted before what is mounted in it, whatever the order given', () => {
  const mounts = mountsOf(
    {mounts: [{type: 'tmpfs', target: '/a/b', options: []}]},
    {mounts: [bind('/a/b/c'), bind('/z'), bind('/a')]},
  );
  assert.equal(
    mounts.slice(7, 11).map((mount) => mount.destination),
    ['/z', '/a', '/a/b', '/a/b/c'],
  );
});

test('bind mounts are recursive, with their propagation', () => {
  const mounts = mountsOf({}, {mounts: [bind('/a'), bind('/b', {propagation: 'rslave'})]});
  assert.equal(find(mounts, '/a')?.options, ['rbind', 'rprivate']);
  assert.equal(find(mounts, '/b')?.options, ['rbind', 'rslave']);
});

const recursions: [change: Partial<ResolvedMount>, options: string[]][] = [
  [{}, ['rbind', 'rro', 'rprivate']],
  [{recursion: 'enabled'}, ['rbind', 'rro', 'rprivate']],
  [{recursion: 'readonly'}, ['rbind', 'rro', 'rprivate']],
  [{recursion: 'writable'}, ['rbind', 'ro', 'rprivate']],
  [{recursion: 'disabled'}, ['bind', 'ro', 'rprivate']],
  [{isFile: true}, ['rbind', 'ro', 'rprivate']],
  [{isFile: true, recursion: 'disabled'}, ['bind', 'ro', 'rprivate']],
];
for (const [change, options] of recursions) {
  test(`a read-only bind mount takes what is below it along: ${JSON.stringify(change)}`, () => {
    const mounts = mountsOf({}, {mounts: [bind('/a', {readOnly: true, ...change})]});
    assert.equal(find(mounts, '/a')?.options, options);
  });
}

test('kernels before 5.12 make the mount itself read-only, and refuse to do more', async () => {
  const host = hostFacts({kernelVersion: {major: 5, minor: 10}});
  const read = (change: Partial<ResolvedMount>) =>
    mountsOf({}, {host, mounts: [bind('/a', {readOnly: true, ...change})]});
  assert.equal(find(read({}), '/a')?.options, ['rbind', 'ro', 'rprivate']);
  const error = await engineErrorOf(() => read({recursion: 'readonly'}));
  assert.is(error.code, 'host-unsupported');
  assert.is(error.message, 'cannot mount /a recursively read-only: that takes Linux 5.12, and this is 5.10');
});

test('a tmpfs mount has Docker’s options, which those given override', () => {
  const mounts = mountsOf({
    mounts: [
      {type: 'tmpfs', target: '/plain', options: []},
      {type: 'tmpfs', target: '/run', options: ['size=1m', 'exec']},
    ],
  });
  assert.equal(find(mounts, '/plain')?.options, ['noexec', 'nosuid', 'nodev', 'rprivate']);
  assert.equal(find(mounts, '/run')?.options, ['nosuid', 'nodev', 'rprivate', 'size=1m', 'exec']);
});

test('a mount of the person’s takes the place of a default or of a file in /etc', () => {
  const mounts = mountsOf({}, {mounts: [bind('/dev/shm'), bind('/etc/hosts')]});
  const sources = mounts.filter(({destination}) => ['/dev/shm', '/etc/hosts'].includes(destination));
  assert.equal(
    sources.map((mount) => mount.source),
    ['/host/dev/shm', '/host/etc/hosts'],
  );
});

test('a mount at /dev takes the place of everything below it', () => {
  const mounts = mountsOf({}, {mounts: [bind('/dev')]});
  assert.equal(
    mounts.map(({destination}) => destination).filter((path) => path.startsWith('/dev')),
    ['/dev'],
  );
});

test('with a read-only root the engine’s files are read-only too, and what programs need is not', () => {
  const mounts = mountsOf({readOnlyRootfs: true}, {mounts: [bind('/data')]});
  const writable = mounts.filter(({options}) => !options?.includes('ro')).map((mount) => mount.destination);
  assert.equal(writable, ['/proc', '/dev', '/dev/pts', '/dev/mqueue', '/dev/shm', '/data']);
  assert.is(buildChecked(bundleInput({readOnlyRootfs: true})).root.readonly, true);
});

test.run();
