// What inspect tells of ten different containers, of an image and of a volume, beside the real Docker: each field that
// Docker has is there with the same type and, where it tells nothing of this machine or this moment, with the same value.
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {DockerComparison} from '../support/docker-comparison.ts';
import {dockerMissing} from '../support/docker-daemon.ts';
import {type Difference, jsonDifferences} from '../support/json-differences.ts';
import {assertHostClean, saySkipped, testHost} from '../support/test-host.ts';

const comparison = suite('inspect as Docker has it');
const test = dockerMissing === undefined ? comparison : comparison.skip;
if (dockerMissing !== undefined) saySkipped(dockerMissing);
let both: DockerComparison;
const shared = join(testHost.tmp, 'shared');

/** Lines of run or create, by the name of the container. IMAGE stands for the image, FOLDER for a folder of the host. */
const containers: Record<string, string> = {
  plain: 'run -d IMAGE sleep 1000',
  created: 'create IMAGE true',
  ended: 'run --restart on-failure:2 --stop-signal SIGINT --stop-timeout 7 IMAGE true',
  failed: 'run -e A=1 -e B= --label a=b -l c IMAGE false',
  mounts:
    'run -d -v FOLDER:/bind:ro -v data:/data -v /anonymous --tmpfs /tmp:size=1m --mount type=tmpfs,dst=/t2 IMAGE sleep 1000',
  limits:
    'run -d -m 64m --memory-reservation 32m --memory-swap 128m --cpu-shares 512 --cpus 0.5 --cpuset-cpus 0 --pids-limit 50 --ulimit nofile=100:200 --oom-score-adj 500 IMAGE sleep 1000',
  security:
    'run -d --cap-add NET_ADMIN --cap-drop MKNOD --read-only --security-opt no-new-privileges --group-add 5 -u 1:2 IMAGE sleep 1000',
  // Docker cannot start one on a machine that lacks a capability.
  privileged: 'create --privileged --init --pid host --ipc shareable --uts host IMAGE sleep 1000',
  names:
    'run -d -h inside --domainname example.org --add-host other:192.0.2.7 --dns 192.0.2.53 --dns-search example.net --dns-option ndots:2 IMAGE sleep 1000',
  checked:
    'create --health-cmd true --health-interval 5s --health-timeout 2s --health-retries 2 --health-start-period 1s IMAGE true',
  terminal:
    'create -it --entrypoint /bin/sh -w /srv --shm-size 32m --log-opt max-size=1m --device /dev/null:/dev/nothing:r IMAGE -c true',
};

comparison.before(async () => {
  if (dockerMissing !== undefined) return;
  mkdirSync(shared);
  both = await DockerComparison.start();
  for (const [name, line] of Object.entries(containers)) {
    const [verb = '', ...words] = line.replace('IMAGE', both.image).replace('FOLDER', shared).split(' ');
    const answers = both.ask([verb, '--name', name, '--network', 'none', ...words]);
    for (const {status, stderr} of answers) assert.is(status, name === 'failed' ? 1 : 0, stderr);
  }
});

comparison.after(async () => {
  if (dockerMissing !== undefined) return;
  both.ask(['rm', '-fv', ...Object.keys(containers)]);
  both.ask(['volume', 'rm', 'data']);
  await both[Symbol.asyncDispose]();
  await assertHostClean();
});

/** Differences that stay, by the path of their fields. */
const meant: {path: RegExp; reason: string}[] = [
  {path: /^\.(Id|Created|CreatedAt)$/, reason: 'of each container its own'},
  {path: /^\.State\.(Pid|StartedAt|FinishedAt)$/, reason: 'of each container its own'},
  {path: /^\.(ResolvConf|Hostname|Hosts|Log)Path$/, reason: 'another data root'},
  {path: /^\.GraphDriver\.Data\.(Lower|Merged|Upper|Work)Dir$/, reason: 'another data root'},
  {path: /^\.Mount(s\[\d\]\.Source|point)$/, reason: 'another data root'},
  {path: /^\.Mounts\[\d\]\.Name$/, reason: 'of each anonymous volume its own'},
  {path: /^\.Config\.Hostname$/, reason: 'the first digits of the ID'},
  {
    path: /^\.NetworkSettings\.(Sandbox(ID|Key)|Networks\.none\.(Network|Endpoint)ID)$/,
    reason: 'no sandbox is made of no network',
  },
  {path: /^\.HostConfig\.CgroupParent$/, reason: 'that of the test, by crundle’s configuration'},
  {path: /^\.HostConfig\.Runtime$/, reason: 'crun'},
  {path: /^\.HostConfig\.KernelMemory(TCP)?$/, reason: 'Docker 28 has it no more'},
  {path: /^\.HostConfig\.(BlkioDevice(Read|Write)(Bps|IOps)|Ulimits)$/, reason: 'in Docker 28 an empty list'},
  {path: /^\.HostConfig\.(MaskedPaths\[|MaskedPaths$)/, reason: 'Docker 28 masks more'},
  {path: /^\.HostConfig\.SecurityOpt$/, reason: 'no SELinux labels to disable'},
  {path: /^\.(VirtualSize|Container|ContainerConfig)$/, reason: 'Docker 28 has it no more'},
  {path: /^\.GraphDriver\.Data$/, reason: 'an image is mounted nowhere, as with Docker’s containerd store'},
];
const seen = new Set<RegExp>();

function assertAlike(...args: string[]): void {
  const [docker, ours] = both.ask(args).map(({stdout}) => sorted(JSON.parse(stdout)[0]));
  const isMeant = ({path}: Difference) => {
    const found = meant.find((one) => one.path.test(path));
    if (found) seen.add(found.path);
    return found !== undefined;
  };
  const others = jsonDifferences(docker, ours).filter((one) => !isMeant(one));
  assert.equal(
    others.map(({path, what}) => `${path}: ${what}`),
    [],
  );
}

interface Sortable {
  Mounts?: {Destination: string}[];
  HostConfig?: {Binds: string[] | null};
  Config?: {Env: string[] | null};
}

/** Docker has mounts, and the variables of -e, in the order of chance. */
function sorted(document: Sortable): unknown {
  document.Mounts?.sort((a, b) => a.Destination.localeCompare(b.Destination));
  document.HostConfig?.Binds?.sort();
  document.Config?.Env?.sort();
  return document;
}

for (const name of Object.keys(containers))
  test(`the container ${name}`, () => assertAlike('container', 'inspect', name));

test('the image', () => assertAlike('image', 'inspect', both.image));

test('the volume', () => assertAlike('volume', 'inspect', 'data'));

test('no difference is listed that is none', () => {
  assert.equal(
    meant.filter(({path}) => !seen.has(path)),
    [],
  );
});

comparison.run();
