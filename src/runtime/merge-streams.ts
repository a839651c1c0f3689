// Two pipes as one sequence in order of arrival, with back-pressure: a reader that is slow stops both.
import type {Readable} from 'node:stream';
import type {OutputChunk} from './attach.ts';

// What may wait for the reader, beside what the pipes hold.
const queuedBytes = 256 * 1024;

/** Ends when both have ended. To be iterated once; leaving the loop early destroys both. */
export async function* mergeStreams(stdout: Readable, stderr: Readable): AsyncGenerator<OutputChunk> {
  const queue: OutputChunk[] = [];
  let bytes = 0;
  let open = 2;
  let news = Promise.withResolvers<void>();
  const wake = () => {
    news.resolve();
    news = Promise.withResolvers<void>();
  };
  const take = (stream: OutputChunk['stream'], from: Readable) => {
    from.on('data', (data: Uint8Array) => {
      queue.push({stream, data});
      bytes += data.length;
      if (bytes > queuedBytes) for (const each of [stdout, stderr]) each.pause();
      wake();
    });
    const end = () => {
      open -= 1;
      wake();
    };
    if (from.closed) end();
    else from.once('close', end);
  };
  take('stdout', stdout);
  take('stderr', stderr);
  try {
    for (;;) {
      const chunk = queue.shift();
      if (chunk) {
        bytes -= chunk.data.length;
        if (bytes <= queuedBytes) for (const each of [stdout, stderr]) each.resume();
        yield chunk;
      } else if (open === 0) {
        return;
      } else {
        await news.promise;
      }
    }
  } finally {
    stdout.destroy();
    stderr.destroy();
  }
}
