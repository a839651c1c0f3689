// kill -9 of crundle's command line, at moments spread over the time that a command takes.
import {setTimeout as sleep} from 'node:timers/promises';
import * as assert from 'uvu/assert';
import {crundle, spawnCrundle, type TestHost, testHost} from './test-host.ts';

export interface Killing {
  moments: number;
  /** The command line of a round; -1 is the one that nobody kills, and that is timed. */
  args(round: number): string[] | Promise<string[]>;
  after(round: number): Promise<void>;
  host?: TestHost;
}

/** Each round is killed after another part of the time that the command takes when nobody kills it. */
export async function killAtRandomMoments({moments, args, after, host = testHost}: Killing): Promise<void> {
  const command = await args(-1);
  const began = performance.now();
  const whole = await crundle(command, {host});
  assert.is(whole.status, 0, whole.stderr);
  const duration = performance.now() - began;
  await after(-1);
  for (let round = 0; round < moments; round++) {
    const command = await args(round);
    const delay = ((round + Math.random()) / moments) * duration;
    const child = spawnCrundle(command, {host});
    const closed = new Promise((resolve) => child.once('exit', resolve));
    child.stdout?.resume();
    child.stderr?.resume();
    await sleep(delay);
    child.kill('SIGKILL');
    await closed;
    try {
      await after(round);
    } catch (error) {
      const name = command.slice(0, 2).join(' ');
      throw new Error(`after '${name}' was killed at ${delay.toFixed(1)} ms: ${error}`, {cause: error});
    }
  }
}
