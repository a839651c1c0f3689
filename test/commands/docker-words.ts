// `create` with flags that are wrong or that this kernel cannot honour, beside the real docker: the words of errors and
// warnings and the exit code are the same. The client is Docker 28; the daemon is Debian's, whose words have not changed
// since in what is compared here.
import {spawnSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {busyboxLayer} from '../support/busybox-layer.ts';
import {DockerDaemon, dockerMissing} from '../support/docker-daemon.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {crundle, crundleOk, saySkipped} from '../support/test-host.ts';

const test = suite("docker's words");

/** Each is one line of flags; a part in quotes is one word. */
const lines = [
  '-m 5m',
  '-m 8m --memory-swap 7m',
  '--memory-swap 8m',
  '--memory-swap x',
  '--memory-swap -2',
  '--memory-swappiness 101',
  '--memory-swappiness -2',
  '--memory-reservation 1m',
  '-m 8m --memory-reservation 9m',
  '--oom-kill-disable',
  '--oom-score-adj 1001',
  '--cpus 1 --cpu-period 1000',
  '--cpus 1 --cpu-quota 1000',
  '--cpus 1000',
  '--cpu-period 999',
  '--cpu-period 1000001',
  '--cpu-quota 999',
  '--cpuset-cpus 4096',
  '--cpuset-mems 1000',
  '--blkio-weight 5',
  '--blkio-weight 300',
  '--blkio-weight 70000',
  '--blkio-weight x',
  '--blkio-weight-device /dev/vda:200',
  '--blkio-weight-device /dev/vda',
  '--blkio-weight-device vda:100',
  '--blkio-weight-device /dev/vda:5',
  '--device-read-bps /dev/vda',
  '--device-read-bps /dev/vda:x',
  '--device-write-bps vda:1',
  '--device-read-iops /dev/vda:1k',
  '--device-write-iops /dev/vda:-1',
  '--shm-size x',
  '--cgroupns foo',
  '--device x',
  '--device /dev/a:/dev/b:z',
  '--device /dev/a:/dev/b:rr',
  '--device /dev/a:b',
  '--device a:b:c:d',
  '--device :/dev/x',
  '--device-cgroup-rule "x 1:2 rwm"',
  '--device-cgroup-rule "c 1:2"',
  '--mount type=foo,dst=/a',
  '--mount type=npipe,src=a,dst=/a',
  '--mount x',
  '--mount ,type=bind',
  '--mount dst=/a,foo=b',
  '--mount type=,dst=/a',
  '--mount type=bind',
  '--mount type=bind,dst=/a',
  '--mount type=bind,src=/absent,dst=/a',
  '--mount type=bind,src=rel,dst=/a',
  '--mount type=bind,src=/tmp,dst=a',
  '--mount type=bind,src=/tmp,dst=/',
  '--mount type=bind,src=/tmp,dst=/a,ro=x',
  '--mount type=bind,src=/tmp,dst=/a,volume-nocopy',
  '--mount type=bind,src=/tmp,dst=/a,tmpfs-size=1m',
  '--mount type=bind,src=/tmp,dst=/a,bind-propagation',
  '--mount type=bind,src=/tmp,dst=/a,bind-propagation=foo',
  '--mount type=bind,src=/tmp,dst=/a,bind-nonrecursive=foo',
  '--mount type=bind,src=/tmp,dst=/a,bind-recursive=foo',
  '--mount type=bind,src=/tmp,dst=/a,bind-recursive=writable',
  '--mount type=bind,src=/tmp,dst=/a,ro,bind-recursive=readonly',
  '--mount type=volume,dst=/a,bind-propagation=shared',
  '--mount type=volume,dst=/a,image-subpath=x',
  '--mount type=volume,dst=/a,ro',
  '--mount type=volume,src=a,dst=/a',
  '--mount type=volume,src=/x,dst=/a',
  '--mount type=tmpfs,src=/tmp,dst=/a',
  '--mount type=tmpfs,dst=/a,tmpfs-size=x',
  '--mount type=tmpfs,dst=/a,tmpfs-size=-1',
  '--mount type=tmpfs,dst=/a,tmpfs-mode=999',
  '--mount TYPE=bind,src=/tmp,dst=/a,consistency=cached',
  '--mount type=bind,src=/tmp,dst=/a --mount type=tmpfs,dst=/a',
  '--volumes-from absent',
  '--volumes-from ""',
  '--volumes-from x:foo',
  '--volumes-from x:rshared',
  '--volumes-from x:nocopy',
  '--storage-opt x',
  '--storage-opt foo=1',
  '--ipc container:absent',
  '--pid foo',
  '--pid container:',
  '--pid container:absent',
  '--uts foo',
  '--uts host --hostname x',
  '--userns foo',
  '--userns host',
  '--group-add foo',
  '--sysctl x',
  '--sysctl kernel.foo=1',
  '--sysctl kernel.hostname=x',
  '--sysctl net.ipv4.ip_forward',
  '--add-host x',
  '--add-host x:y',
  '--add-host x=y',
  '--add-host x=[::1]',
  '--dns x',
  '--dns-search "a b"',
  '--dns-search .',
  '-a x',
  '-a stdin -a STDOUT',
  '--log-driver foo',
  '--log-driver none',
  '--log-driver none --log-opt max-size=1',
  '--log-opt max-size=5m --log-opt max-file=2',
  '--log-opt mode=x',
  '--log-opt foo=x',
  '--log-opt x',
  '--log-driver journald --log-opt foo=bar',
  '--isolation foo',
  '--isolation default',
  '--disable-content-trust',
  '--security-opt x',
  '--security-opt apparmor=',
  '--security-opt no-new-privileges:true',
  '--security-opt label=disable',
];

const clientVersion = Number(
  / (\d+)\./.exec(spawnSync('docker', ['--version'], {encoding: 'utf8'}).stdout)?.[1],
);
const missing =
  dockerMissing ?? (clientVersion >= 28 ? undefined : `docker on PATH is not 28 but ${clientVersion}`);

if (missing !== undefined) {
  saySkipped(`no comparison with Docker's words: ${missing}`);
  test.skip('the words are the same', () => undefined);
} else {
  const {image} = await serveBusybox(test);
  let daemon: DockerDaemon;
  test.before(async () => {
    daemon = await DockerDaemon.start();
    daemon.client('import', busyboxLayer(), 'busybox');
  });
  test.after(async () => {
    await daemon[Symbol.asyncDispose]();
    const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
    if (ids.length > 0) await crundleOk(['rm', ...ids]);
  });
  for (const line of lines) {
    test(`create ${line}`, async () => {
      const flags = (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));
      const docker = spawnSync('docker', ['-H', daemon.host, 'create', ...flags, 'busybox', 'true'], {
        encoding: 'utf8',
      });
      const {status, stderr} = await crundle(['create', ...flags, image]);
      assert.equal({status, said: plain(stderr)}, {status: docker.status, said: plain(docker.stderr)});
    });
  }
}

// The message alone: without who says it, what to do about it, a capital at its start and a period at its end.
function plain(text: string): string[] {
  const lines = text.split('\n').filter((line) => !/^(Hint: |Usage: |Run 'docker|See 'docker|$)/.test(line));
  return lines.map((line) =>
    line
      .replace(/^(Error: |docker: )?(Error response from daemon: )?/, '')
      .replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())
      .replace(/\.$/, ''),
  );
}

test.run();
