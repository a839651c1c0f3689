// What a pull costs beside time: bytes that reach the disk, and memory.
import {spawnSync} from 'node:child_process';
import {readFileSync, statSync, writeFileSync} from 'node:fs';
import {testHost} from '../test/support/test-host.ts';
import {type Contender, mustRun} from './contenders.ts';
import type {Images, Measurement} from './measurements.ts';

export function pullCosts(contenders: readonly Contender[], {large}: Images): Measurement[] {
  const common = {
    part: 'pull',
    rounds: 3,
    warmUp: false,
    better: 'less',
    setUp: () => {
      for (const contender of contenders) contender.pull(large);
    },
  } as const;
  const before = (contender: Contender) => () => contender.run('rmi', large);
  return [
    {
      ...common,
      // Of the whole disk, since a daemon writes by itself: on a machine that does nothing else.
      title: 'pull, written to the disk once all is synced',
      unit: 'MB',
      entries: contenders.map((contender) => ({
        name: contender.name,
        before: before(contender),
        measured: () => writtenBytes(() => contender.pull(large)) / 1e6,
      })),
      budgets: {},
    },
    {
      ...common,
      title: 'pull, most memory at once (resident, the daemon’s own included)',
      unit: 'MB',
      entries: contenders.map((contender) => ({
        name: contender.name,
        before: before(contender),
        measured: () => peakKilobytes(contender, large) / 1000,
      })),
      budgets: {},
    },
  ];
}

function writtenBytes(action: () => void): number {
  // Linux encodes a device number with 12 bits of major at 8.
  const {dev} = statSync(testHost.tmp);
  const path = `/sys/dev/block/${(dev >> 8) & 0xfff}:${dev & 0xff}/stat`;
  const sectors = () => {
    mustRun('sync', ['-f', testHost.tmp]);
    return Number(readFileSync(path, 'utf8').trim().split(/\s+/)[6]);
  };
  const start = sectors();
  action();
  return (sectors() - start) * 512;
}

// The kernel keeps the peak of each process while it lives: the command's is read until it ends.
const watch = `"$@" >/dev/null & pid=$!
while peak=$(sed -n 's/^VmHWM:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/$pid/status 2>/dev/null) && [ -n "$peak" ]; do last=$peak; sleep 0.005; done
wait $pid && echo "$last"`;

function peakKilobytes(contender: Contender, image: string): number {
  const others = contender.daemons();
  for (const pid of others) writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const {status, stdout, stderr} = spawnSync('sh', ['-c', watch, 'sh', ...contender.pullCommand(image)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${contender.name} pull exited with ${status}: ${stderr}`);
  return others.reduce((sum, pid) => sum + peakOf(pid), Number(stdout));
}

function peakOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
}
