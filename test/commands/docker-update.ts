// Updates of limits and restart policies beside the real Docker.
import {suite} from 'uvu';
import {DockerComparison} from '../support/docker-comparison.ts';
import {dockerMissing} from '../support/docker-daemon.ts';
import {assertHostClean, saySkipped} from '../support/test-host.ts';

const comparison = suite('updates as Docker has them');
const test = dockerMissing === undefined ? comparison : comparison.skip;
if (dockerMissing !== undefined) saySkipped(dockerMissing);
let both: DockerComparison;

comparison.before(async () => {
  if (dockerMissing !== undefined) return;
  both = await DockerComparison.start();
  const run = ['run', '-d', '--network', 'none', '--name'];
  both.prepare(...run, 'web', '-m', '64m', both.image, 'sleep', '1000');
  both.prepare(...run, 'free', both.image, 'sleep', '1000');
  both.prepare(...run, 'once', '--rm', both.image, 'sleep', '1000');
  both.prepare('create', '--name', 'new', both.image, 'true');
});

comparison.after(async () => {
  if (dockerMissing !== undefined) return;
  both.ask(['rm', '-f', 'web', 'free', 'once', 'new']);
  await both[Symbol.asyncDispose]();
  await assertHostClean();
});

const fields = [
  'Memory',
  'MemorySwap',
  'MemoryReservation',
  'NanoCpus',
  'CpuShares',
  'CpusetCpus',
  'PidsLimit',
];
const format = `${fields.map((field) => `{{.HostConfig.${field}}}`).join(' ')} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}`;

const updates: string[][] = [
  ['-m', '32m', 'web'],
  ['-m', '100m', '--memory-swap', '300m', 'web', 'free', 'new'],
  ['--memory-swap', '-1', 'web'],
  ['--memory-reservation', '10m', 'web'],
  ['--cpus', '1.5', 'web'],
  ['-c', '100', '--pids-limit', '50', 'web'],
  ['--pids-limit', '-1', 'web'],
  ['--cpuset-cpus', '0', 'web', 'absent', 'free'],
  ['-m', '0', '--cpus', '0', 'web'],
  ['--restart', 'always', 'web'],
  ['--restart', 'on-failure:3', 'web'],
  ['--restart', 'no', 'web', 'once'],
];

for (const args of updates) {
  test(`the same: update ${args.join(' ')}`, () => {
    both.same(['update', ...args]);
    both.same(['inspect', '-f', format, 'web', 'free', 'new'], (text) =>
      text.replaceAll(/<nil>|<no value>/g, ''),
    );
  });
}

const refusals: [string[], RegExp][] = [
  [['web'], /you must provide one or more flags when using this command/i],
  [[], /requires at least 1 argument/],
  [['-m', '400m', 'web'], /Memory limit should be smaller than already set memoryswap limit/],
  [['-m', '1m', 'web'], /Minimum memory limit allowed is 6MB/],
  [['-m', 'x', 'web'], /invalid argument "x" for "-m, --memory" flag: invalid size: 'x'/],
  [['--cpu-period', '50000', 'web'], /CPU Period cannot be updated as NanoCPUs has already been set/],
  [['--cpu-quota', '50000', 'web'], /CPU Quota cannot be updated as NanoCPUs has already been set/],
  [['--cpu-quota', '25000', '--cpus', '1', 'new'], /Nano CPUs and CPU Quota cannot both be set/],
  [['--cpuset-cpus', '99', 'web'], /Requested CPUs are not available - requested 99/],
  [['--cpus', '999', 'web'], /Range of CPUs is from 0\.01 to/],
  [['--restart', 'foo', 'web'], /invalid restart policy/],
  [['--restart', 'always', 'once'], /Restart policy cannot be updated because AutoRemove is enabled/],
  [['-c', '5', 'absent'], /no such container: absent/i],
];

for (const [args, words] of refusals) {
  test(`refused: update ${args.join(' ')}`, () => both.sameRefusal(['update', ...args], words));
}

comparison.run();
