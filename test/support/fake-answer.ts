// What the in-process registry sends: a right answer, or a wrong one in a way of its own.
import type {ServerResponse} from 'node:http';
import {Readable} from 'node:stream';

export interface FakeAnswer {
  status?: number;
  headers?: Record<string, string>;
  body?: Buffer | string;
  /** Sends the body without a length. */
  chunked?: boolean;
  /** Breaks the connection after so many bytes of the body; 0 sends the head only. */
  dropAfter?: number;
  /** Stops sending after so many bytes and keeps the connection. */
  stallAfter?: number;
  /** Sends the body in pieces of this many bytes, one every so often. */
  trickle?: {bytes: number; everyMs: number};
  /** Sends the body over and over, until nobody takes it. */
  endless?: boolean;
  /** Sent as it is in place of an HTTP answer. */
  raw?: string;
  /** Breaks the connection without an answer. */
  reset?: boolean;
  /** Waits before the answer. */
  delayMs?: number;
}

/** An error as the registry API words it. */
export function registryError(status: number, code: string, message: string): FakeAnswer {
  return {
    status,
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({errors: [{code, message}]}),
  };
}

/** Sends it, or misbehaves as it says. */
export function send({method}: {method: string}, response: ServerResponse, answer: FakeAnswer): void {
  if (answer.reset) {
    response.destroy();
    return;
  }
  if (answer.raw !== undefined) {
    response.socket?.end(answer.raw);
    return;
  }
  const body = Buffer.from(answer.body ?? '');
  const length = answer.chunked || answer.endless ? {} : {'content-length': String(body.length)};
  response.writeHead(answer.status ?? 200, {...length, ...answer.headers});
  if (method === 'HEAD') {
    response.end();
    return;
  }
  if (answer.trickle) {
    Readable.from(trickle(body, answer.trickle)).pipe(response);
    return;
  }
  if (answer.endless) {
    const source = Readable.from(overAndOver(body));
    response.once('close', () => source.destroy());
    source.pipe(response);
    return;
  }
  const cut = answer.dropAfter ?? answer.stallAfter;
  if (cut === undefined || cut >= body.length) {
    response.end(body);
    return;
  }
  response.flushHeaders();
  const end = () => (answer.dropAfter === undefined ? undefined : response.destroy());
  // The bytes must have left before the connection is broken, or the client may not see them.
  if (cut === 0) setTimeout(end, 5);
  else response.write(body.subarray(0, cut), () => setTimeout(end, 5));
}

async function* trickle(body: Buffer, {bytes, everyMs}: {bytes: number; everyMs: number}) {
  for (let at = 0; at < body.length; at += bytes) {
    yield body.subarray(at, at + bytes);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

function* overAndOver(body: Buffer) {
  while (true) yield body;
}
