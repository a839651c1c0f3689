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

// The message alone: without who says it, what to do about it, and a final period.
function plain(text: string): string[] {
  const lines = text.split('\n').filter((line) => !/^(Hint: |Usage: |Run 'docker|See 'docker|$)/.test(line));
  return lines.map((line) =>
    line.replace(/^(Error: |docker: )?(Error response from daemon: )?/, '').replace(/\.$/, ''),
  );
}

test.run();
