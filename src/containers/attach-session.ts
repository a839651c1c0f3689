// A session with a container's PID 1: `run` in the foreground, `start -a`, `attach`.

import {EngineError} from '../errors.ts';
import {type Attachment, attach} from '../runtime/attach.ts';
import type {ConmonEnd} from '../runtime/conmon-process.ts';
import {resizeTerminal} from '../runtime/terminal-size.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import type {ContainerContext} from './container-context.ts';
import {routineEvent} from './container-event.ts';
import {containerPaths} from './container-paths.ts';
import type {ContainerSession} from './container-session.ts';
import type {ExitStatus} from './exit-status.ts';
import {refuseIfPaused} from './pause-container.ts';
import {signalIfRunning, waitForContainer} from './stop-container.ts';

/**
 * Wraps an attachment to a running container. The session cleans up when the container ends; when it is closed
 * first, or this process dies, conmon's exit command does.
 */
export function attachSession(
  context: ContainerContext,
  record: ContainerRecord,
  {attachment, conmonEnd}: {attachment: Attachment; conmonEnd?: ConmonEnd | undefined},
): ContainerSession {
  const detached = new AbortController();
  const exit = waitForContainer(context, record.id, {
    signal: detached.signal,
    ...(conmonEnd && {conmonEnd}),
  });
  let hasEnded = false;
  exit.then(
    () => (hasEnded = true),
    () => undefined,
  );
  return {
    id: record.id,
    tty: record.options.tty,
    output: attachment.output,
    write: (data) => attachment.write(data),
    closeInput: () => attachment.closeInput(),
    resize({columns, rows}) {
      resizeTerminal(`${containerPaths(context.roots, record.id).runFolder}/ctl`, {columns, rows});
      context.tell(routineEvent('resize', record, {width: String(columns), height: String(rows)}));
    },
    signal: (name) => signalIfRunning(context, record.id, name),
    close() {
      detached.abort();
      conmonEnd?.close();
      attachment.close();
      if (!hasEnded) context.tell(routineEvent('detach', record));
    },
    exit: untilDetached(exit, detached.signal),
  };
}

/** Connects to a container that runs already. Throws EngineError 'container-not-running', 'container-paused'. */
export function attachToContainer(context: ContainerContext, record: ContainerRecord): ContainerSession {
  if (record.status === 'restarting') {
    throw new EngineError(
      'container-not-running',
      'you cannot attach to a restarting container, wait until it is running',
    );
  }
  if (record.status !== 'running') {
    throw new EngineError('container-not-running', `cannot attach to ${record.name}: it is not running`, {
      hint: `'crundle start -a ${record.name}' starts it attached`,
    });
  }
  refuseIfPaused(context, record, 'you cannot attach to a paused container, unpause it first');
  context.tell(routineEvent('attach', record));
  const {runFolder} = containerPaths(context.roots, record.id);
  return attachSession(context, record, {attachment: attach(`${runFolder}/attach`)});
}

// A detached client has no business with how the container ends: the promise stays pending, as documented.
function untilDetached(exit: Promise<ExitStatus>, detached: AbortSignal): Promise<ExitStatus> {
  return new Promise((resolve, reject) => {
    exit.then(resolve, (error: unknown) => {
      if (!detached.aborted) reject(error);
    });
  });
}
