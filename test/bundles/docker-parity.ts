// Compares containers of Docker's with containers made from our config.json, by what a program in them can find out.
// dockerd runs on this test host alone; our bundles run under plain `crun run`. Every difference that is meant is
// named here with its reason, and in docs/decisions/0030-differences-from-docker.md.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {type BundleDefaults, dockerDefaults} from '../../bundles/bundle-input.ts';
import type {ContainerOptions} from '../../bundles/container-options.ts';
import {resolveUser} from '../../bundles/container-user.ts';
import {hostnameFile, hostsFile, resolvConfFile} from '../../bundles/etc-files.ts';
import {containerHostname} from '../../bundles/namespaces.ts';
import {parseSeccompProfile} from '../../bundles/seccomp.ts';
import {limitedDevices, resolveDevices} from '../../src/containers/mounts/host-device.ts';
import {formatRuntimeJson} from '../../src/oci/runtime-config-json.ts';
import {distributionSeccompProfile, readHostFacts} from '../../src/system/host-facts.ts';
import {buildChecked, bundleInput} from '../support/bundle-input.ts';
import {busyboxLayer} from '../support/busybox-layer.ts';
import {type ContainerFacts, factsScript, parseFacts} from '../support/container-facts.ts';
import {DockerDaemon, dockerMissing} from '../support/docker-daemon.ts';
import {parityScenarios} from '../support/parity-scenarios.ts';
import {saySkipped, testHost} from '../support/test-host.ts';

/** Differences that are meant: lines of a fact that only one side has. */
const meant: {fact: string; line: RegExp; reason: string}[] = [
  {
    fact: 'devices',
    line: /^lrwxrwxrwx root root core -> \/proc\/kcore$/,
    reason: 'crun makes the link; what it leads to is masked',
  },
  {
    fact: 'devices',
    line: /^crw-rw-rw- \S+ \S+ 1,3 null$/,
    reason: 'crun gives standard input to the user, also where that is the container’s own /dev/null',
  },
  {
    fact: 'mounts',
    line: /^\/proc\/(bus|fs|irq|sys) proc /,
    reason:
      'crun 1.8 does not repeat nosuid, nodev and noexec on the read-only parts of /proc, which hold no files',
  },
  {
    fact: 'mounts',
    line: /^\/(proc\/(acpi|asound|scsi)|sys\/firmware|sys\/devices\/virtual\/powercap) tmpfs relatime,ro /,
    reason: 'crun covers folders with an empty tmpfs of size 0, read-only by the mount',
  },
  {
    fact: 'mounts',
    line: /^\/proc\/(interrupts|kcore|keys|latency_stats|sched_debug|timer_list|timer_stats) (tmpfs|devtmpfs) /,
    reason: 'crun covers files with the host’s /dev/null, read-only; runc with the container’s',
  },
  {
    fact: 'hidden',
    line: /^\/proc\/interrupts /,
    reason: 'masked since Docker 28.1',
  },
  {
    fact: 'mounts',
    line: /^\/sys\/fs\/cgroup tmpfs nodev,noexec,nosuid,relatime,rw /,
    reason: 'cgroup v1: crun makes the folder of the hierarchies 1 MB large, and open to all users',
  },
  {
    fact: 'writable',
    line: /^\/sys\/fs\/cgroup$/,
    reason: 'cgroup v1: see the mount; the hierarchies in it are read-only',
  },
  {
    fact: 'hosts',
    line: /^f[ef]00::0? /,
    reason: 'written without the last 0 since Docker 27',
  },
];

if (dockerMissing !== undefined) {
  saySkipped(`no comparison with Docker: ${dockerMissing}`);
  test.skip('containers are like Docker’s', () => undefined);
} else {
  const layer = busyboxLayer();
  const rootfs = join(testHost.tmp, 'bundle/rootfs');
  let daemon: DockerDaemon;

  test.before(async () => {
    mkdirSync(rootfs, {recursive: true});
    execFileSync('tar', ['-xf', layer, '-C', rootfs]);
    daemon = await DockerDaemon.start();
    daemon.client('import', layer, 'busybox');
  });
  test.after(async () => {
    await daemon[Symbol.asyncDispose]();
  });

  for (const [title, {docker, ours}] of Object.entries(parityScenarios)) {
    test(`${title} is like Docker’s`, () => {
      const theirs = dockerFacts(daemon, docker);
      const differences = compare(theirs, ourFacts(rootfs, ours));
      assert.equal(differences, []);
    });
  }
}

function dockerFacts(daemon: DockerDaemon, flags: string[]): ContainerFacts {
  const network = flags.includes('--network') ? [] : ['--network', 'none'];
  const name = ['--name', 'parity'];
  const output = daemon.client(
    'run',
    '--rm',
    ...name,
    ...network,
    ...flags,
    'busybox',
    'sh',
    '-c',
    factsScript,
  );
  return parseFacts(output);
}

let runs = 0;

function ourFacts(rootfs: string, options: Partial<ContainerOptions>): ContainerFacts {
  runs += 1;
  const folder = join(rootfs, '..');
  const host = readHostFacts();
  const id = `${runs}`.padStart(12, 'c').padEnd(64, '0');
  const passwd = readFileSync(join(rootfs, 'etc/passwd'), 'utf8');
  const group = readFileSync(join(rootfs, 'etc/group'), 'utf8');
  const files = {
    hosts: join(folder, 'hosts'),
    hostname: join(folder, 'hostname'),
    resolvConf: join(folder, 'resolv.conf'),
  };
  const input = bundleInput(
    {command: ['sh', '-c', factsScript], ...options},
    {
      id,
      host,
      files,
      rootfsPath: rootfs,
      defaults: defaultsHere(),
      user: resolveUser(options.user ?? '', {passwd, group, groupAdd: options.groupAdd ?? []}),
      cgroupsPath: `${testHost.cgroupParent}/${id}`,
      devices: resolveDevices(options.devices ?? []),
      blockDevices: limitedDevices(options.resources ?? {}),
    },
  );
  const hostname = containerHostname(input);
  const isHost = input.options.network.kind === 'host';
  const extra = (options.extraHosts ?? []).map(({name, address}) => ({address, names: [name]}));
  writeFileSync(files.hosts, isHost ? readFileSync('/etc/hosts') : hostsFile({hostname, extra}));
  writeFileSync(files.hostname, hostnameFile(hostname));
  writeFileSync(files.resolvConf, resolvConfFile(readFileSync('/etc/resolv.conf', 'utf8')));
  writeFileSync(join(folder, 'config.json'), formatRuntimeJson(buildChecked(input)));
  const crun = ['--root', join(testHost.runRoot, 'crun'), 'run', '--bundle', folder, id];
  return parseFacts(execFileSync('crun', crun, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit']}));
}

function defaultsHere(): BundleDefaults {
  if (!existsSync(distributionSeccompProfile)) return dockerDefaults;
  const seccompProfile = parseSeccompProfile(readFileSync(distributionSeccompProfile, 'utf8'));
  return {...dockerDefaults, seccompProfile};
}

function compare(theirs: ContainerFacts, ours: ContainerFacts): string[] {
  const facts = new Set([...Object.keys(theirs), ...Object.keys(ours)]);
  return [...facts].flatMap((fact) => {
    const isMeant = (line: string) => meant.some((each) => each.fact === fact && each.line.test(line));
    const [a, b] = [theirs[fact] ?? [], ours[fact] ?? []];
    return [
      ...a
        .filter((line) => !b.includes(line) && !isMeant(line))
        .map((line) => `${fact}: docker only: ${line}`),
      ...b.filter((line) => !a.includes(line) && !isMeant(line)).map((line) => `${fact}: ours only: ${line}`),
    ];
  });
}

test.run();
