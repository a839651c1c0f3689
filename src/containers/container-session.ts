// A person's or program's connection to a container that runs: its streams, its window, its signals, its end.
import type {ExitStatus} from './exit-status.ts';

export interface OutputChunk {
  stream: 'stdout' | 'stderr';
  data: Uint8Array;
}

/**
 * Standard streams and fate of one container, or of one `exec` in it. The container does not depend on the
 * session: closing it detaches, and the end of this process is a detach too.
 */
export interface ContainerSession {
  readonly id: string;
  /** With a terminal all output is one stream, 'stdout'. */
  readonly tty: boolean;
  /** Ends when the container's output ends or the session was closed. To be read once. */
  readonly output: AsyncIterable<OutputChunk>;
  /** Resolves when the bytes were handed over; waits while the container does not read. */
  write(data: Uint8Array): Promise<void>;
  /** End of standard input. */
  closeInput(): void;
  resize(size: {columns: number; rows: number}): void;
  /** Sends a signal (`SIGINT`) to the process. Does nothing once it has ended. */
  signal(name: string): Promise<void>;
  /** Detaches: the container goes on. `exit` stays pending if it has not ended. */
  close(): void;
  /** Resolves when the process has ended and what had to be cleaned up is cleaned up (with --rm: removed). */
  readonly exit: Promise<ExitStatus>;
}
