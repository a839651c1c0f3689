// The crundle that is called later, without anybody who waits for it: when a container has ended, and when it is due to be
// started again. It is the same command for both: it does what is to be done by then.
import {leaveRestartWaiter} from '../../runtime/restart-waiter.ts';
import type {ContainerContext} from '../container-context.ts';
import {containerPaths} from '../container-paths.ts';

/** Absolute program and arguments. */
export function laterCommand(context: ContainerContext, id: string): string[] {
  return laterCrundle(context, 'container', 'cleanup', id);
}

/** A call of crundle as an absolute program and arguments. Its environment is another one, so the roots are said again. */
export function laterCrundle({program, roots}: ContainerContext, ...words: readonly string[]): string[] {
  const config = process.env.CRUNDLE_CONFIG;
  const environment = [
    `CRUNDLE_DATA_ROOT=${roots.dataRoot}`,
    `CRUNDLE_RUN_ROOT=${roots.runRoot}`,
    ...(config ? [`CRUNDLE_CONFIG=${config}`] : []),
  ];
  return ['/usr/bin/env', ...environment, ...program, ...words];
}

/** Has a container in status 'restarting' started after the pause. The caller holds its lock. */
export function awaitRestart(context: ContainerContext, id: string, delayMs: number): void {
  const {runFolder} = containerPaths(context.roots, id);
  leaveRestartWaiter({id, runFolder, delayMs, command: laterCommand(context, id)});
}
