import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {dockerDefaults} from '../../bundles/bundle-input.ts';
import {containerHostname} from '../../bundles/namespaces.ts';
import {buildRuntimeConfig} from '../../bundles/runtime-config.ts';
import {formatRuntimeJson} from '../../src/oci/runtime-config-json.ts';
import {
  buildChecked,
  bundleInput,
  containerId,
  hostFacts,
  hostWithout,
  legacyHost,
  schemaMissing,
} from '../support/bundle-input.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {saySkipped} from '../support/test-host.ts';

if (schemaMissing !== undefined) {
  saySkipped(schemaMissing);
  test.skip('every config.json fits the official schema', () => undefined);
}

const dockerCapabilities = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
];

test('a plain container has what Docker gives one', () => {
  const {linux, mounts, ...rest} = buildChecked(bundleInput());
  assert.equal(rest, {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: {uid: 0, gid: 0, additionalGids: [0]},
      args: ['sh'],
      env: [
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        'HOSTNAME=4a1f3c5e7d9b',
        'HOME=/root',
      ],
      cwd: '/',
      capabilities: {
        bounding: dockerCapabilities,
        effective: dockerCapabilities,
        permitted: dockerCapabilities,
        inheritable: [],
        ambient: [],
      },
      rlimits: [],
      noNewPrivileges: false,
      oomScoreAdj: 0,
    },
    root: {path: 'rootfs'},
    hostname: '4a1f3c5e7d9b',
    annotations: {'dev.crundle.default-home': 'true'},
  });
  assert.equal(
    mounts.map((mount) => mount.destination),
    [
      '/proc',
      '/dev',
      '/dev/pts',
      '/sys',
      '/sys/fs/cgroup',
      '/dev/mqueue',
      '/dev/shm',
      '/etc/resolv.conf',
      '/etc/hostname',
      '/etc/hosts',
    ],
  );
  const {seccomp, maskedPaths, readonlyPaths, ...others} = linux;
  assert.is(seccomp?.defaultAction, 'SCMP_ACT_ERRNO');
  assert.equal(seccomp?.architectures, ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM']);
  assert.equal(maskedPaths?.slice(0, 3), ['/proc/acpi', '/proc/asound', '/proc/interrupts']);
  assert.equal(readonlyPaths, ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']);
  assert.equal(others, {
    namespaces: [
      {type: 'mount'},
      {type: 'network'},
      {type: 'uts'},
      {type: 'pid'},
      {type: 'ipc'},
      {type: 'cgroup'},
    ],
    cgroupsPath: `/crundle/${containerId}`,
    resources: {
      devices: [
        {allow: false, access: 'rwm'},
        {allow: true, type: 'c', major: 1, minor: 5, access: 'rwm'},
        {allow: true, type: 'c', major: 1, minor: 3, access: 'rwm'},
        {allow: true, type: 'c', major: 1, minor: 9, access: 'rwm'},
        {allow: true, type: 'c', major: 1, minor: 8, access: 'rwm'},
        {allow: true, type: 'c', major: 5, minor: 0, access: 'rwm'},
        {allow: true, type: 'c', major: 5, minor: 1, access: 'rwm'},
        {allow: true, type: 'c', major: 10, minor: 200, access: 'rwm'},
      ],
    },
    sysctl: {
      'net.ipv4.ip_unprivileged_port_start': '0',
      'net.ipv4.ping_group_range': '0 2147483647',
    },
  });
});

test('on cgroup v1 fuse is denied by a rule of its own, which systemd would refuse on v2', () => {
  const denied = {allow: false, type: 'c', major: 10, minor: 229, access: 'rwm'};
  const devices = buildChecked(bundleInput({}, {host: legacyHost()})).linux.resources?.devices;
  assert.equal(devices?.at(-1), denied);
});

test('on cgroup v1 the container is in the cgroup namespace of the host, as under Docker', () => {
  const types = buildChecked(bundleInput({}, {host: legacyHost()})).linux.namespaces.map(({type}) => type);
  assert.equal(types, ['mount', 'network', 'uts', 'pid', 'ipc']);
});

test('with the network of the host there is no network namespace, and no sysctl of it is set', () => {
  const config = buildChecked(bundleInput({network: {kind: 'host'}}));
  assert.not(config.linux.namespaces.some(({type}) => type === 'network'));
  assert.is(config.linux.sysctl, undefined);
  assert.is(config.hostname, 'raspberry');
  assert.ok(config.process.env.includes('HOSTNAME=raspberry'));
});

test('a namespace that is there is joined, and its sysctls are set beside the usual ones', () => {
  const path = '/run/netns/crundle-4a1f3c5e7d9b';
  const {linux} = buildChecked(
    bundleInput({}, {network: {kind: 'path', path}, sysctls: {'net.ipv6.conf.all.disable_ipv6': '1'}}),
  );
  assert.equal(linux.namespaces[1], {type: 'network', path});
  assert.equal(linux.sysctl, {
    'net.ipv4.ip_unprivileged_port_start': '0',
    'net.ipv4.ping_group_range': '0 2147483647',
    'net.ipv6.conf.all.disable_ipv6': '1',
  });
});

test("another container's namespace is joined as it is", () => {
  const path = '/proc/42/ns/net';
  const {linux} = buildChecked(
    bundleInput({network: {kind: 'container', container: 'web'}}, {network: {kind: 'path', path}}),
  );
  assert.equal(linux.namespaces[1], {type: 'network', path});
  assert.is(linux.sysctl, undefined);
});

test('an old kernel is not asked for a sysctl that it lacks', () => {
  const {sysctl} = buildChecked(bundleInput({}, {host: hostFacts({unprivilegedPortSysctl: false})})).linux;
  assert.equal(sysctl, {'net.ipv4.ping_group_range': '0 2147483647'});
});

test('a hostname that was asked for wins over every other', () => {
  const input = bundleInput({network: {kind: 'host'}, hostname: 'web'});
  assert.is(containerHostname(input), 'web');
  assert.is(buildChecked(input).hostname, 'web');
});

test('a user that is not root starts without capabilities, and keeps the bounding set', () => {
  const user = {uid: 1000, gid: 1000, additionalGids: [1000, 44], home: '/home/alice', name: 'alice'};
  const {process} = buildChecked(bundleInput({}, {user}));
  assert.equal(process.user, {uid: 1000, gid: 1000, additionalGids: [1000, 44]});
  assert.equal(process.capabilities, {
    bounding: dockerCapabilities,
    effective: [],
    permitted: [],
    inheritable: [],
    ambient: [],
  });
  assert.is(process.env.at(-1), 'HOME=/home/alice');
});

test('a terminal brings TERM, between HOSTNAME and the rest', () => {
  const {process} = buildChecked(bundleInput({tty: true, env: ['A=1']}));
  assert.is(process.terminal, true);
  assert.equal(process.env.slice(1), ['HOSTNAME=4a1f3c5e7d9b', 'TERM=xterm', 'A=1', 'HOME=/root']);
});

test('HOME of the image or of the run stays, and is not marked as the default', () => {
  const config = buildChecked(bundleInput({env: ['HOME=/data']}));
  assert.equal(
    config.process.env.filter((entry) => entry.startsWith('HOME=')),
    ['HOME=/data'],
  );
  assert.is(config.annotations, undefined);
});

test('the working folder is the run’s, then the image’s', () => {
  const imageConfig = {WorkingDir: '/srv'};
  assert.is(buildChecked(bundleInput({}, {imageConfig})).process.cwd, '/srv');
  assert.is(buildChecked(bundleInput({workingDir: '/tmp'}, {imageConfig})).process.cwd, '/tmp');
});

test('privileged has all capabilities of the host, its devices, and nothing masked or filtered', () => {
  const host = hostWithout('CAP_SYS_RESOURCE');
  const {process, linux, mounts} = buildChecked(bundleInput({privileged: true}, {host}));
  assert.equal(process.capabilities?.bounding, host.capabilities.bounding);
  assert.equal(process.capabilities?.effective, host.capabilities.bounding);
  assert.is(linux.seccomp, undefined);
  assert.is(linux.maskedPaths, undefined);
  assert.is(linux.readonlyPaths, undefined);
  assert.equal(linux.resources?.devices, [{allow: true, access: 'rwm'}]);
  assert.equal(linux.devices, [
    {path: '/dev/gpiomem', type: 'c', major: 246, minor: 0, fileMode: 0o660, uid: 0, gid: 997},
  ]);
  for (const path of ['/sys', '/sys/fs/cgroup']) {
    assert.not(mounts.find(({destination}) => destination === path)?.options?.includes('ro'), path);
  }
});

test('privileged heeds a seccomp profile that was asked for', () => {
  const security = {seccomp: {kind: 'builtin'}, unconfinedSystemPaths: false} as const;
  assert.ok(buildChecked(bundleInput({privileged: true, security})).linux.seccomp);
});

test('the configured seccomp profile replaces the built-in one, but not where that was asked for', () => {
  const seccompProfile = {defaultAction: 'SCMP_ACT_LOG', syscalls: []} as const;
  const defaults = {...dockerDefaults, seccompProfile: {...seccompProfile, syscalls: []}};
  assert.is(buildChecked(bundleInput({}, {defaults})).linux.seccomp?.defaultAction, 'SCMP_ACT_LOG');
  const security = {seccomp: {kind: 'builtin'}, unconfinedSystemPaths: false} as const;
  assert.is(buildChecked(bundleInput({security}, {defaults})).linux.seccomp?.defaultAction, 'SCMP_ACT_ERRNO');
});

test('seccomp=unconfined and a kernel without seccomp mean no filter', () => {
  const security = {seccomp: {kind: 'unconfined'}, unconfinedSystemPaths: false} as const;
  assert.is(buildChecked(bundleInput({security})).linux.seccomp, undefined);
  assert.is(buildChecked(bundleInput({}, {host: hostFacts({seccomp: false})})).linux.seccomp, undefined);
});

test('a profile on a kernel without seccomp is refused', async () => {
  const seccomp = {kind: 'profile', json: '{"defaultAction":"SCMP_ACT_ALLOW"}'} as const;
  const input = bundleInput(
    {security: {seccomp, unconfinedSystemPaths: false}},
    {host: hostFacts({seccomp: false})},
  );
  const error = await engineErrorOf(() => buildRuntimeConfig(input));
  assert.is(error.code, 'host-unsupported');
  assert.is(error.message, 'seccomp is not enabled in your kernel, cannot run a custom seccomp profile');
});

test('systempaths=unconfined unmasks, and changes nothing else', () => {
  const security = {seccomp: {kind: 'default'}, unconfinedSystemPaths: true} as const;
  const {linux} = buildChecked(bundleInput({security}));
  assert.is(linux.maskedPaths, undefined);
  assert.is(linux.readonlyPaths, undefined);
  assert.ok(linux.seccomp);
});

test('thermal counters of the host are masked', () => {
  const path = '/sys/devices/system/cpu/cpu0/thermal_throttle';
  const host = hostFacts({thermalThrottlePaths: [path]});
  assert.is(buildChecked(bundleInput({}, {host})).linux.maskedPaths?.at(-1), path);
});

test('no-new-privileges is the run’s, then the configuration’s', () => {
  const defaults = {...dockerDefaults, noNewPrivileges: true};
  const refused = {
    seccomp: {kind: 'default'},
    unconfinedSystemPaths: false,
    noNewPrivileges: false,
  } as const;
  assert.is(buildChecked(bundleInput({}, {defaults})).process.noNewPrivileges, true);
  assert.is(buildChecked(bundleInput({security: refused}, {defaults})).process.noNewPrivileges, false);
});

test('AppArmor profiles are named only where the host has AppArmor', () => {
  const host = hostFacts({apparmor: true});
  const security = {seccomp: {kind: 'default'}, unconfinedSystemPaths: false, apparmor: 'mine'} as const;
  assert.is(buildChecked(bundleInput({security}, {host})).process.apparmorProfile, 'mine');
  assert.is(buildChecked(bundleInput({privileged: true}, {host})).process.apparmorProfile, 'unconfined');
  assert.is(buildChecked(bundleInput({}, {host})).process.apparmorProfile, undefined);
  const loaded = hostFacts({apparmor: true, apparmorProfile: 'crundle-default'});
  assert.is(buildChecked(bundleInput({}, {host: loaded})).process.apparmorProfile, 'crundle-default');
  assert.is(buildChecked(bundleInput({security}, {host: loaded})).process.apparmorProfile, 'mine');
  assert.is(
    buildChecked(bundleInput({privileged: true}, {host: loaded})).process.apparmorProfile,
    'unconfined',
  );
});

test('an init is bound read-only and runs the command', () => {
  const config = buildChecked(
    bundleInput({init: true, command: ['sleep', '1']}, {initPath: '/usr/bin/tini-static'}),
  );
  assert.equal(config.process.args, ['/sbin/docker-init', '--', 'sleep', '1']);
  assert.equal(
    config.mounts.find(({destination}) => destination === '/sbin/docker-init'),
    {
      destination: '/sbin/docker-init',
      type: 'bind',
      source: '/usr/bin/tini-static',
      options: ['bind', 'ro'],
    },
  );
});

test('an init that was not asked for is not bound, and --init=false wins over the configuration', () => {
  const defaults = {...dockerDefaults, init: true};
  const input = bundleInput({init: false}, {defaults, initPath: '/usr/bin/tini-static'});
  assert.equal(buildChecked(input).process.args, ['sh']);
});

test('an init that is not installed is an error that says what to install', async () => {
  const error = await engineErrorOf(() => buildRuntimeConfig(bundleInput({init: true})));
  assert.is(error.code, 'program-missing');
  assert.is(error.message, 'cannot run an init in the container: no init program is installed');
  assert.is(error.hint, 'apt install tini');
});

test('a shared or slave mount makes the root one too', () => {
  const mount = {source: '/m', destination: '/m', readOnly: false};
  const propagationOf = (propagation: 'rshared' | 'rslave' | 'rprivate') =>
    buildChecked(bundleInput({}, {mounts: [{...mount, propagation}]})).linux.rootfsPropagation;
  assert.is(propagationOf('rshared'), 'shared');
  assert.is(propagationOf('rslave'), 'slave');
  assert.is(propagationOf('rprivate'), undefined);
});

test('without CAP_SYS_RESOURCE the oom score is not lowered below where it is', () => {
  const score = (oomScoreAdj: number) =>
    buildChecked(bundleInput({}, {host: hostWithout('CAP_SYS_RESOURCE', {oomScoreAdj})})).process.oomScoreAdj;
  assert.is(score(200), 200);
  assert.is(score(-500), 0);
  assert.is(buildChecked(bundleInput({}, {host: hostFacts({oomScoreAdj: 200})})).process.oomScoreAdj, 0);
});

test('an unlimited limit is 2^64-1 in the JSON text, not a rounded number', () => {
  const config = buildChecked(bundleInput({ulimits: [{name: 'core', soft: -1, hard: -1}]}));
  assert.match(
    formatRuntimeJson(config),
    '{"type":"RLIMIT_CORE","soft":18446744073709551615,"hard":18446744073709551615}',
  );
});

test.run();
