// How much memory a command took at most: the kernel keeps the peak of each process for as long as it lives.
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import * as assert from 'uvu/assert';
import {spawnCrundle} from './test-host.ts';

/** Runs `crundle ARGS`, which must succeed. Returns megabytes of resident memory, those of the last five milliseconds left out. */
export async function peakMegabytes(args: readonly string[]): Promise<number> {
  const child = spawnCrundle(args);
  let errors = '';
  child.stdout?.resume();
  child.stderr?.setEncoding('utf8').on('data', (text) => (errors += text));
  const ended = once(child, 'close');
  let peak = 0;
  while (child.exitCode === null && child.signalCode === null) {
    peak = peakOf(child.pid ?? 0) ?? peak;
    await sleep(5);
  }
  await ended;
  assert.is(child.exitCode, 0, errors);
  return peak / 1000;
}

function peakOf(pid: number): number | undefined {
  try {
    const kilobytes = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes);
  } catch {
    // It has just ended.
    return undefined;
  }
}
