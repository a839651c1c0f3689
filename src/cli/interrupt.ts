// Ctrl-C while the engine works: the work is told to stop and undo itself, and the command ends as a signal would.

import {EngineError} from '../errors.ts';

/** Runs `work` with a signal that SIGINT and SIGTERM abort; a second one ends the process at once. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
    process.exitCode = name === 'SIGINT' ? 130 : 143;
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    const result = await work(controller.signal);
    // Too late to undo it, in time not to go on.
    if (controller.signal.aborted) throw new EngineError('cancelled', 'interrupted');
    return result;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
