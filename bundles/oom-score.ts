// `--oom-score-adj`: how readily the kernel ends a container when the host is out of memory.
import {EngineError} from '../src/errors.ts';
import type {HostFacts} from './host-facts.ts';
import {optionError} from './options/option-error.ts';

type ScoreRights = Pick<HostFacts, 'oomScoreAdj' | 'capabilities'>;

/** Docker's default is 0, but a process without CAP_SYS_RESOURCE may not go below where it is. */
export function lowestOomScore({oomScoreAdj, capabilities}: ScoreRights): number {
  return capabilities.effective.includes('CAP_SYS_RESOURCE') ? 0 : Math.max(0, oomScoreAdj);
}

/** Throws EngineError 'invalid-option', or 'host-unsupported' for a score that this process may not set. */
export function checkOomScore(score: number, {oomScoreAdj, capabilities}: ScoreRights): void {
  if (score < -1000 || score > 1000) {
    throw optionError(`Invalid value ${score}, range for oom score adj is [-1000, 1000]`);
  }
  if (score >= oomScoreAdj || capabilities.effective.includes('CAP_SYS_RESOURCE')) return;
  throw new EngineError(
    'host-unsupported',
    `cannot set the oom score to ${score}: that of this process is ${oomScoreAdj}, and it has no CAP_SYS_RESOURCE to lower it`,
    {exit: 125},
  );
}
