import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type Cidr, parseCidr} from '../../src/addresses/cidr.ts';
import {type IpAddress, parseIpAddress} from '../../src/addresses/ip-address.ts';
import {type Config, loadConfig, parseConfig} from '../../src/config/config.ts';
import {unsupportedDockerKeys} from '../../src/config/docker-keys.ts';
import {configKeys} from '../../src/config/keys.ts';
import {isEngineError} from '../../src/errors.ts';

const ip = (text: string) => parseIpAddress(text) as IpAddress;
const network = (text: string) => parseCidr(text) as Cidr;
const test = suite<{folder: string}>('configuration');
test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'crundle-config-'));
});
test.after.each(({folder}) => rmSync(folder, {recursive: true}));

const nowhere = {CRUNDLE_CONFIG: '/nonexistent/config.json'};

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isEngineError(error, 'invalid-config')) return error.message;
    throw error;
  }
  return 'accepted';
}

test('is the defaults where there is no file', () => {
  assert.equal(loadConfig({env: nowhere}), {
    dataRoot: '/var/lib/crundle',
    runRoot: '/run/crundle',
    insecureRegistries: [],
    registryMirrors: [],
    maxConcurrentDownloads: 3,
    maxConcurrentUploads: 5,
    maxDownloadAttempts: 5,
    dns: [],
    dnsSearch: [],
    dnsOptions: [],
    logDriver: 'json-file',
    logOpts: {maxSizeBytes: 10_000_000, maxFile: 3},
    defaultUlimits: [],
    shmSizeBytes: 67_108_864,
    init: false,
    noNewPrivileges: false,
    seccompProfile: 'builtin',
    shutdownTimeoutSeconds: 10,
    cgroupParent: undefined,
    bridge: 'crundle0',
    bip: undefined,
    fixedCidr: undefined,
    fixedCidrV6: undefined,
    ipv6: false,
    addressPools: [],
    icc: true,
    ipMasq: true,
    ipForward: true,
    mtu: undefined,
    defaultHostIp: ip('0.0.0.0'),
    publishPolicy: 'host',
    durability: 'full',
  } satisfies Config);
});

test('two configurations share no list that one of them could change', () => {
  loadConfig({env: nowhere}).dns.push('192.0.2.1');
  assert.equal(loadConfig({env: nowhere}).dns, []);
});

test('reads every key from the file that CRUNDLE_CONFIG names', ({folder}) => {
  const path = join(folder, 'config.json');
  writeFileSync(
    path,
    `\uFEFF{
  "data-root": "/srv/crundle/",
  "exec-root": "/run/other",
  "insecure-registries": ["registry.local:5000", "10.0.0.0/8", "[fd00::1]:5000"],
  "registry-mirrors": ["https://mirror.example/"],
  "max-concurrent-downloads": 6,
  "max-concurrent-uploads": 2,
  "max-download-attempts": 1,
  "dns": ["192.0.2.53", "2001:db8::53"],
  "dns-search": ["example.org"],
  "dns-opts": ["ndots:2", "rotate"],
  "log-driver": "journald",
      "log-opts": {"max-size": "1m"},
  "default-ulimits": {"nofile": {"Name": "nofile", "Hard": 64000, "Soft": 1024}, "core": {"Hard": -1, "Soft": 0}},
  "default-shm-size": "128M",
  "init": true,
  "no-new-privileges": true,
  "seccomp-profile": "/etc/crundle/seccomp.json",
  "shutdown-timeout": 0,
  "cgroup-parent": "/containers/",
  "bridge": "none",
  "bip": "172.26.0.1/16",
  "fixed-cidr": "172.26.8.0/24",
  "fixed-cidr-v6": "FD00:26::1/64",
  "ipv6": true,
  "default-address-pools": [{"base": "10.20.0.0/16", "size": 24}],
  "icc": false,
  "ip-masq": false,
  "ip-forward": false,
  "mtu": 1400,
  "ip": "127.0.0.1",
  "publish-policy": "open",
  "durability": "fast"
}
`,
  );
  assert.equal(loadConfig({env: {CRUNDLE_CONFIG: path}}), {
    dataRoot: '/srv/crundle',
    runRoot: '/run/other',
    insecureRegistries: ['registry.local:5000', '10.0.0.0/8', '[fd00::1]:5000'],
    registryMirrors: ['https://mirror.example'],
    maxConcurrentDownloads: 6,
    maxConcurrentUploads: 2,
    maxDownloadAttempts: 1,
    dns: ['192.0.2.53', '2001:db8::53'],
    dnsSearch: ['example.org'],
    dnsOptions: ['ndots:2', 'rotate'],
    logDriver: 'journald',
    logOpts: {maxSizeBytes: 1_000_000, maxFile: 3},
    defaultUlimits: [
      {name: 'nofile', soft: 1024, hard: 64000},
      {name: 'core', soft: 0, hard: -1},
    ],
    shmSizeBytes: 134_217_728,
    init: true,
    noNewPrivileges: true,
    seccompProfile: '/etc/crundle/seccomp.json',
    shutdownTimeoutSeconds: 0,
    cgroupParent: '/containers',
    bridge: 'none',
    bip: {address: ip('172.26.0.1'), network: network('172.26.0.0/16')},
    fixedCidr: network('172.26.8.0/24'),
    fixedCidrV6: network('fd00:26::/64'),
    ipv6: true,
    addressPools: [{base: network('10.20.0.0/16'), size: 24}],
    icc: false,
    ipMasq: false,
    ipForward: false,
    mtu: 1400,
    defaultHostIp: ip('127.0.0.1'),
    publishPolicy: 'open',
    durability: 'fast',
  } satisfies Config);
});

test('CRUNDLE_DATA_ROOT and CRUNDLE_RUN_ROOT go over the file, but not when empty', ({folder}) => {
  const path = join(folder, 'config.json');
  writeFileSync(path, '{"data-root": "/a", "exec-root": "/b"}');
  const over = {CRUNDLE_CONFIG: path, CRUNDLE_DATA_ROOT: '/c/', CRUNDLE_RUN_ROOT: '/d'};
  assert.is(loadConfig({env: over}).dataRoot, '/c');
  assert.is(loadConfig({env: over}).runRoot, '/d');
  assert.is(loadConfig({env: {...over, CRUNDLE_DATA_ROOT: ''}}).dataRoot, '/a');
});

test('a relative root in the environment is refused', () => {
  assert.is(
    refusal(() => loadConfig({env: {...nowhere, CRUNDLE_DATA_ROOT: 'data'}})),
    'CRUNDLE_DATA_ROOT must be an absolute path, not "data"',
  );
});

test('a folder in place of the file is refused', ({folder}) => {
  const path = join(folder, 'config.json');
  mkdirSync(path);
  assert.is(
    refusal(() => loadConfig({env: {CRUNDLE_CONFIG: path}})),
    `cannot read the configuration ${path}: it is a folder`,
  );
});

test('an empty file asks for nothing', () => {
  assert.equal(parseConfig(' \n', 'f'), loadConfig({env: nowhere}));
});

const refused: [text: string, message: string][] = [
  [
    '{"bip": "172.26.0.1"}',
    'f:1:9: "bip" must be an IPv4 address of a host with its prefix such as "172.26.0.1/16", not "172.26.0.1"',
  ],
  [
    '{"bip": "172.26.0.0/16"}',
    'f:1:9: "bip" must be an IPv4 address of a host with its prefix such as "172.26.0.1/16", not "172.26.0.0/16"',
  ],
  [
    '{"fixed-cidr": "fd00::/64"}',
    'f:1:16: "fixed-cidr" must be an IPv4 network such as "10.10.0.0/24", not "fd00::/64"',
  ],
  [
    '{"default-address-pools": [{"base": "10.0.0.0/16", "size": 8}]}',
    'f:1:60: "default-address-pools[0].size" must be a whole number of 16 or more, not 8',
  ],
  [
    '{"bridge": "a name that is too long"}',
    'f:1:12: "bridge" must be an interface name of at most 15 letters and digits, or "none", not "a name that is too long"',
  ],
  ['{"durability": true}', 'f:1:16: "durability" must be "full" or "fast", not true'],
  ['{"publish-policy": "all"}', 'f:1:20: "publish-policy" must be "host" or "open", not "all"'],
  [
    '{"userland-proxy": true}',
    'f:1:2: "userland-proxy" is a key of Docker\'s that crundle does not honour: crundle has no proxy processes: the kernel translates, also from 127.0.0.1 and ::1',
  ],
  [
    '{\n  "init": false,\n  "max-concurrent-downloads": "three"\n}',
    'f:3:31: "max-concurrent-downloads" must be a whole number of 1 or more, not "three"',
  ],
  [
    '{"max-download-attempts": 0}',
    'f:1:27: "max-download-attempts" must be a whole number of 1 or more, not 0',
  ],
  [
    '{"max-download-attempts": 1.5}',
    'f:1:27: "max-download-attempts" must be a whole number of 1 or more, not 1.5',
  ],
  ['{"data-root": "var"}', 'f:1:15: "data-root" must be an absolute path, not "var"'],
  ['{"data-root": null}', 'f:1:15: "data-root" must be an absolute path, not null'],
  ['{"init": "yes"}', 'f:1:10: "init" must be true or false, not "yes"'],
  ['{"dns": "192.0.2.1"}', 'f:1:9: "dns" must be a list, not "192.0.2.1"'],
  ['{"dns": ["192.0.2.1", "ns.example"]}', 'f:1:23: "dns[1]" must be an IP address, not "ns.example"'],
  ['{"dns-search": ["-"]}', 'f:1:17: "dns-search[0]" must be a domain name, not "-"'],
  [
    '{"dns-opts": ["a b"]}',
    'f:1:15: "dns-opts[0]" must be an option of resolv.conf such as "ndots:2", not "a b"',
  ],
  [
    '{"insecure-registries": ["http://r:5000"]}',
    'f:1:26: "insecure-registries[0]" must be a registry such as "host:5000", or a network such as "10.0.0.0/8", not "http://r:5000"',
  ],
  [
    '{"insecure-registries": ["r:99999"]}',
    'f:1:26: "insecure-registries[0]" must be a registry such as "host:5000", or a network such as "10.0.0.0/8", not "r:99999"',
  ],
  [
    '{"registry-mirrors": ["mirror.example"]}',
    'f:1:23: "registry-mirrors[0]" must be a URL such as "https://mirror.example", without user, query or fragment, not "mirror.example"',
  ],
  [
    '{"log-opts": {"max-size": "-1"}}',
    'f:1:27: "log-opts.max-size" must be a size such as "64m" or "1g", not "-1"',
  ],
  [
    '{"log-opts": {"max-file": "0"}}',
    'f:1:27: "log-opts.max-file" must be a whole number of 1 or more, not "0"',
  ],
  [
    '{"log-opts": {"compress": "true"}}',
    'f:1:15: "log-opts.compress" is not a key: the keys here are max-size, max-file',
  ],
  ['{"log-opts": {"max-files": "3"}}', 'f:1:15: "log-opts.max-files" is not a key: did you mean "max-file"?'],
  ['{"log-opts": []}', 'f:1:14: "log-opts" must be an object, not a list'],
  [
    '{"default-ulimits": {"nofiles": {"Hard": 1, "Soft": 1}}}',
    'f:1:22: "default-ulimits.nofiles" is not a key: did you mean "nofile"?',
  ],
  [
    '{"default-ulimits": {"nofile": {"Hard": 1, "soft": 1}}}',
    'f:1:44: "default-ulimits.nofile.soft" is not a key: did you mean "Soft"?',
  ],
  [
    '{"default-ulimits": {"nofile": {"Hard": 1}}}',
    'f:1:32: "default-ulimits.nofile" must have both "Hard" and "Soft"',
  ],
  [
    '{"default-ulimits": {"nofile": {"Name": "nproc", "Hard": 1, "Soft": 1}}}',
    'f:1:41: "default-ulimits.nofile.Name" must be "nofile", not "nproc"',
  ],
  [
    '{"default-ulimits": {"nofile": {"Hard": 1, "Soft": -1}}}',
    'f:1:32: "default-ulimits.nofile" must not have a "Soft" (-1) above its "Hard" (1)',
  ],
  [
    '{"default-shm-size": "big"}',
    'f:1:22: "default-shm-size" must be a size such as "64m" or "1g", not "big"',
  ],
  ['{"default-shm-size": 0}', 'f:1:22: "default-shm-size" must be a size such as "64m" or "1g", not 0'],
  [
    '{"seccomp-profile": "profile.json"}',
    'f:1:21: "seccomp-profile" must be an absolute path, "builtin" or "unconfined", not "profile.json"',
  ],
  ['{"shutdown-timeout": -1}', 'f:1:22: "shutdown-timeout" must be a whole number of 0 or more, not -1'],
  [
    '{"cgroup-parent": "/a/../b"}',
    'f:1:19: "cgroup-parent" must be an absolute cgroup path without ".." such as "/containers", or a slice such as "machine.slice", not "/a/../b"',
  ],
  [
    '{"cgroup-parent": "a--b.slice"}',
    'f:1:19: "cgroup-parent" must be an absolute cgroup path without ".." such as "/containers", or a slice such as "machine.slice", not "a--b.slice"',
  ],
  ['{"data_root": "/x"}', 'f:1:2: "data_root" is not a key: did you mean "data-root"?'],
  [
    '{"insecure-registry": []}',
    'f:1:2: "insecure-registry" is not a key: did you mean "insecure-registries"?',
  ],
  [
    '{"log-driver": "syslog"}',
    'f:1:16: "log-driver" must be "json-file", "k8s-file", "journald" or "none", not "syslog"',
  ],
  [
    '{"storage-driver": "btrfs"}',
    'f:1:2: "storage-driver" is a key of Docker\'s that crundle does not honour: crundle has one way to store layers, overlay',
  ],
  ['{"init": true,\n "init": false}', 'f:2:2: "init" is given twice'],
  ['[]', 'f:1:1: the file must hold an object: {"key": value, …}'],
];
for (const [text, message] of refused) {
  test(`refuses ${text.replaceAll('\n', ' ')}`, () => {
    assert.is(
      refusal(() => parseConfig(text, 'f')),
      message,
    );
  });
}

test('an unknown key that resembles none gets the list of keys', () => {
  assert.match(
    refusal(() => parseConfig('{"colour": 1}', 'f')),
    /^f:1:2: "colour" is not a key: the keys here are data-root, exec-root, /,
  );
});

test("no key is both honoured and in the list of Docker's keys that are not", () => {
  for (const key of Object.values(configKeys)) assert.not(unsupportedDockerKeys.has(key.name), key.name);
});

test.run();
