// A person's (or a pipe's) side of a container's session, from attach to exit or detach.

import type {ContainerSession} from '../../engine.ts';
import {writeError, writeOut} from '../output/standard-streams.ts';
import {DetachScanner} from './detach-scanner.ts';
import {enterRawMode, hasTerminalInput, windowSize} from './raw-terminal.ts';
import {proxySignals} from './signal-proxy.ts';

export interface SessionChoices {
  /** Give the container this process's standard input. */
  input: boolean;
  /** The streams that are shown. Default: both. */
  outputs?: readonly string[];
  /** Bytes that detach, when input is a terminal. */
  detachKeys: Uint8Array;
  /** Pass signals on; never done with a terminal, where keys send them. */
  sigProxy: boolean;
}

export type SessionEnd = {kind: 'exited'; exitCode: number} | {kind: 'detached'};

/** Runs the session to its end. The terminal is as before when this returns or throws. */
export async function runSession(session: ContainerSession, choices: SessionChoices): Promise<SessionEnd> {
  const undo: (() => void)[] = [];
  try {
    if (session.tty) undo.push(followWindowSize(session));
    else if (choices.sigProxy) undo.push(proxySignals((name) => void session.signal(name)));
    const detached = choices.input
      ? forwardInput(session, choices.detachKeys, undo)
      : new Promise<never>(() => undefined);
    const exited = Promise.all([session.exit, showOutput(session, choices)]).then(([{exitCode}]) => exitCode);
    return await Promise.race([
      exited.then((exitCode): SessionEnd => ({kind: 'exited', exitCode})),
      detached.then((): SessionEnd => ({kind: 'detached'})),
    ]);
  } finally {
    for (const step of undo.reverse()) step();
  }
}

async function showOutput(session: ContainerSession, {outputs}: SessionChoices): Promise<void> {
  for await (const {stream, data} of session.output) {
    if (outputs && !outputs.includes(stream)) continue;
    if (stream === 'stdout') writeOut(data);
    else writeError(data);
  }
}

/** Resolves when the detach keys were typed; otherwise never. */
function forwardInput(
  session: ContainerSession,
  detachKeys: Uint8Array,
  undo: (() => void)[],
): Promise<void> {
  const fromTerminal = session.tty && hasTerminalInput();
  if (fromTerminal) undo.push(enterRawMode());
  undo.push(() => process.stdin.pause());
  const scanner = new DetachScanner(fromTerminal ? detachKeys : new Uint8Array());
  return new Promise((resolve, reject) => {
    copyInput(session, scanner).then((detached) => {
      if (detached) {
        session.close();
        resolve();
      }
    }, reject);
  });
}

/** True when it ended by the detach keys. A container that no longer reads just ends the copying. */
async function copyInput(session: ContainerSession, scanner: DetachScanner): Promise<boolean> {
  try {
    for await (const chunk of process.stdin) {
      const {forward, detached} = scanner.scan(chunk);
      if (forward.length > 0) await session.write(forward);
      if (detached) return true;
    }
  } catch (error) {
    if (!isClosedStream(error)) throw error;
  }
  session.closeInput();
  return false;
}

// A closed standard input counts as an empty one; EIO is a terminal that went away.
function isClosedStream(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return ['EPIPE', 'ECONNRESET', 'ENOTCONN', 'EBADF', 'EIO', 'ERR_STREAM_PREMATURE_CLOSE'].includes(
    String(code),
  );
}

function followWindowSize(session: ContainerSession): () => void {
  const tell = () => {
    const size = windowSize();
    if (size !== undefined) session.resize(size);
  };
  tell();
  process.on('SIGWINCH', tell);
  return () => process.off('SIGWINCH', tell);
}
