// Commands that work on every container there is: each is named as it is done, each failure is told, and one failure makes
// the exit code 1.
import type {SystemListener} from '../engine.ts';
import {reportError} from './report-error.ts';

export function systemListener(
  onContainer: (name: string) => void = () => undefined,
): SystemListener & {exitCode(): number} {
  let exitCode = 0;
  return {
    onContainer,
    onFailure(error) {
      reportError(error);
      exitCode = 1;
    },
    exitCode: () => exitCode,
  };
}
