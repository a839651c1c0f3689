// `events` beside the real Docker: which events each command makes, in which order and with which attributes.
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {DockerComparison} from '../support/docker-comparison.ts';
import {dockerMissing} from '../support/docker-daemon.ts';
import {assertHostClean, saySkipped, testHost} from '../support/test-host.ts';

const comparison = suite('events as Docker has them');
const test = dockerMissing === undefined ? comparison : comparison.skip;
if (dockerMissing !== undefined) saySkipped(dockerMissing);
let both: DockerComparison;

comparison.before(async () => {
  if (dockerMissing === undefined) both = await DockerComparison.start();
});

comparison.after(async () => {
  if (dockerMissing !== undefined) return;
  await both[Symbol.asyncDispose]();
  await assertHostClean();
});

const run = ['run', '--network', 'none', '--name', 'web'];

// Lines that belong together, the words IMAGE and SH -c SCRIPT filled in below. What ends by itself is waited for.
const scenarios: Record<string, string[][]> = {
  'run --rm': [[...run, '--rm', 'IMAGE', 'true']],
  'run --rm that fails': [[...run, '--rm', 'IMAGE', 'false']],
  'run with volumes': [
    [...run, '--rm', '-v', 'data:/data', '-v', '/anonymous', 'IMAGE', 'true'],
    ['volume', 'rm', 'data'],
  ],
  'create, start, rm': [
    ['create', '--network', 'none', '--name', 'web', '-l', 'a=b', 'IMAGE', 'true'],
    ['start', '-a', 'web'],
    ['rm', 'web'],
  ],
  'stop and start': [
    [...run, '-d', 'IMAGE', 'sleep', '1000'],
    ['stop', '-t', '0', 'web'],
    ['start', 'web'],
    ['restart', '-t', '0', 'web'],
    ['rm', '-f', 'web'],
  ],
  'kill and wait': [
    [...run, '-d', 'IMAGE', 'sleep', '1000'],
    ['kill', '-s', 'USR1', 'web'],
    ['kill', 'web'],
    ['wait', 'web'],
    ['rm', 'web'],
  ],
  'pause, rename, top, update, exec': [
    [...run, '-d', 'IMAGE', 'sleep', '1000'],
    ['pause', 'web'],
    ['unpause', 'web'],
    ['rename', 'web', 'shop'],
    ['top', 'shop'],
    ['update', '--memory', '100m', '--memory-swap', '100m', 'shop'],
    ['exec', 'shop', 'true'],
    ['exec', 'shop', 'sh', '-c', 'exit 3'],
    ['exec', 'shop', 'nonsense'],
    ['rm', '-f', 'shop'],
  ],
  'out of memory': [
    [
      ...run,
      '--rm',
      '-m',
      '20m',
      '--memory-swap',
      '20m',
      'IMAGE',
      'sh',
      '-c',
      'x=a; while :; do x=$x$x; done',
    ],
  ],
  networks: [
    ['network', 'create', 'one'],
    ['network', 'create', 'two'],
    ['create', '--network', 'one', '--name', 'web', 'IMAGE', 'sleep', '1000'],
    ['rm', 'web'],
    ['network', 'rm', 'one'],
    ['network', 'prune', '-f'],
  ],
  volumes: [
    ['volume', 'create', '--label', 'a=b', 'data'],
    ['volume', 'create', 'data'],
    ['volume', 'rm', 'data'],
    ['volume', 'prune', '-f'],
  ],
  'prune of containers': [
    ['create', '--network', 'none', '--name', 'web', 'IMAGE', 'true'],
    ['container', 'prune', '-f'],
  ],
  'commit, export, import': [
    ['create', '--network', 'none', '--name', 'web', '-l', 'a=b', 'IMAGE', 'true'],
    ['commit', '-m', 'why', 'web', 'made:1'],
    ['commit', 'web', 'made:1'],
    ['diff', 'web'],
    ['export', '-o', join(testHost.tmp, 'web.tar'), 'web'],
    ['import', '-c', 'LABEL c=d', join(testHost.tmp, 'web.tar'), 'imported:1'],
    ['rm', 'web'],
  ],
  images: [
    ['tag', 'IMAGE', 'other:1'],
    ['rmi', 'other:1'],
  ],
};

for (const [name, lines] of Object.entries(scenarios)) {
  test(`the same events: ${name}`, async () => {
    const since = now();
    for (const line of lines) both.ask(line.map((word) => (word === 'IMAGE' ? both.image : word)));
    await sleep(300);
    const ask = ['events', '--since', since, '--until', now(), '--format', '{{json .}}'];
    const [docker, ours] = both
      .ask(ask)
      .map(({stdout}) => inOrder(stdout.split('\n').filter(Boolean).map(masked)));
    assert.ok((docker?.length ?? 0) >= 3 || name === 'images', `${docker?.length}`);
    assert.equal(ours, docker);
  });
}

// Docker takes a duration for whole seconds.
function now(): string {
  return String(Date.now() / 1000);
}

// Times and ids go. Docker before 25 has no execDuration; an image that lost a name is named by its id there, by that name here.
function masked(line: string): string {
  const event = JSON.parse(line.replace(/[0-9a-f]{64}/g, 'ID'));
  const {Attributes: attributes} = event.Actor;
  for (const key of ['time', 'timeNano']) assert.type(event[key], 'number');
  delete attributes.execDuration;
  if (event.Action === 'untag') delete attributes.name;
  return JSON.stringify({...event, time: 0, timeNano: 0});
}

// Docker 20 tells twice of a container that goes off a network; volumes it mounts in no certain order.
function inOrder(lines: string[]): string[] {
  const once = lines.filter((line, index) => line !== lines[index - 1] || !line.includes('disconnect'));
  const isMount = (line: string) => /\b(un)?mount\b/.test(line);
  return once
    .map((line, index) => ({
      line,
      index,
      place: isMount(line) ? once.slice(0, index).findLastIndex((other) => !isMount(other)) + 1 : index,
    }))
    .sort((a, b) => a.place - b.place || (a.line < b.line ? -1 : 1))
    .map(({line}) => line);
}

test('filters choose the same', () => {
  for (const filter of [
    'event=die',
    'event=exec_create',
    'event=exec',
    'type=volume',
    'label=a=b',
    'container=we',
    'scope=local',
  ]) {
    const [docker, ours] = both
      .ask(['events', '--since', '1h', '--until', now(), '-f', filter, '--format', '{{.Type}} {{.Action}}'])
      .map(({status, stdout}) => [status, ...inOrder(stdout.split('\n'))]);
    assert.equal(ours, docker, filter);
  }
});

test('refusals', () => {
  both.sameRefusal(['events', '--since', 'soon'], /failed to parse value as time or duration: "soon"/);
  both.sameRefusal(
    ['events', '-f', 'x'],
    /invalid argument "x" for "-f, --filter" flag: bad format of filter/,
  );
  both.sameRefusal(
    ['events', '--since', '2200-01-01', '--until', '0s'],
    /`since` time .* cannot be after `until` time/,
  );
  both.sameRefusal(['events', '--until', '0s', '--format', '{{.Nonsense}}'], /can't evaluate field Nonsense/);
  both.sameRefusal(['events', 'x'], /accepts no arguments/);
});

comparison.run();
