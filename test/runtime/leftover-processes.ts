import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {copyFileSync, existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {endLeftoverProcesses} from '../../src/runtime/leftover-processes.ts';
import {processArguments} from '../../src/system/process-identity.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {saySkipped, testHost} from '../support/test-host.ts';

const test = suite('leftover processes');
const id = 'ab'.padEnd(64, '0');
const freezer = '/sys/fs/cgroup/freezer';
const noFreezer = existsSync(freezer) ? undefined : 'no freezer of cgroup v1, which keeps a killed process';
if (noFreezer) saySkipped(noFreezer);

/** A process that waits for its input, and looks in /proc like that program. */
async function pretend(program: string, ...args: string[]): Promise<ChildProcess> {
  const child = spawn('/bin/sh', ['-c', 'read line', ...args], {
    argv0: program,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await once(child, 'spawn');
  return child;
}

test('conmon, crun, and the systemd-run that becomes conmon are ended, for this container only', async () => {
  const conmon = '/usr/bin/conmon';
  const leftovers = await Promise.all([
    pretend(conmon, '--cid', id),
    pretend('/usr/bin/crun', 'create', id),
    pretend('/usr/bin/systemd-run', '--scope', '--', conmon, '--cid', id),
  ]);
  const others = await Promise.all([
    pretend(conmon, '--cid', 'cd'.padEnd(64, '0')),
    // The pause before a restart.
    pretend('/usr/bin/systemd-run', '--scope', '--', '/bin/sh', 'crundle', 'container', 'cleanup', id),
    pretend('/usr/bin/crundle', 'start', id),
  ]);
  try {
    const ends = leftovers.map((child) => once(child, 'exit'));
    await endLeftoverProcesses(id);
    for (const end of await Promise.all(ends)) assert.equal(end, [null, 'SIGKILL']);
    assert.equal(
      others.map(({exitCode, signalCode}) => [exitCode, signalCode]),
      others.map(() => [null, null]),
    );
  } finally {
    for (const child of [...leftovers, ...others]) child.kill('SIGKILL');
  }
});

// As conmon does on its way to the background, again and again.
const forks = 'sleep 0.002; [ -e "$2" ] && "$0" -c "$1" "$0" "$1" "$2" "$3" &';

test('one that forks and ends while it is looked for is not missed', async () => {
  const program = join(testHost.tmp, 'conmon');
  const goesOn = join(testHost.tmp, 'goes-on');
  copyFileSync('/bin/dash', program);
  writeFileSync(goesOn, '');
  try {
    for (let round = 0; round < 150; round++) {
      const child = spawn(program, ['-c', forks, program, forks, goesOn, id], {stdio: 'ignore'});
      await once(child, 'exit');
      await endLeftoverProcesses(id);
      await sleep(15);
      assert.equal(running(), [], `round ${round}`);
    }
  } finally {
    rmSync(goesOn);
    await sleep(100);
  }
});

function running(): string[] {
  return readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && processArguments(Number(name)).includes(id),
  );
}

(noFreezer ? test.skip : test)('one that does not die is named after a while', async () => {
  const cgroup = join(freezer, testHost.cgroupParent, 'stuck');
  const child = await pretend('/usr/bin/crun', 'create', id);
  const end = once(child, 'exit');
  mkdirSync(cgroup, {recursive: true});
  try {
    writeFileSync(join(cgroup, 'cgroup.procs'), String(child.pid));
    writeFileSync(join(cgroup, 'freezer.state'), 'FROZEN');
    const error = await engineErrorOf(() => endLeftoverProcesses(id, {timeoutMs: 50}));
    assert.is(error.code, 'system-call-failed');
    assert.is(
      error.message,
      `cannot end process ${child.pid} of container ${id.slice(0, 12)}: killed, and still there`,
    );
  } finally {
    writeFileSync(join(cgroup, 'freezer.state'), 'THAWED');
    child.kill('SIGKILL');
    await end;
    rmdirSync(cgroup);
  }
});

test.run();
