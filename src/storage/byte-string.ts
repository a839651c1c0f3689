// Names in an archive and on disk are bytes, not text. Here they are strings of one character per byte (latin1):
// as quick to split, compare and look up as any string, and none is changed by passing through.

/** A string whose characters all are bytes, 0 to 255. */
export type ByteString = string;

/** What Node.js and system calls take for a path: a string when it is ASCII, which is quicker, else the bytes. */
export function toPath(bytes: ByteString): string | Buffer {
  return /[\u0080-\u00ff]/.test(bytes) ? Buffer.from(bytes, 'latin1') : bytes;
}

/** The bytes of a text, such as the path of a folder of ours. */
export function toByteString(text: string): ByteString {
  return Buffer.from(text).toString('latin1');
}

/** For messages: read as UTF-8. */
export function toText(bytes: ByteString): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** The bytes from `start` to the first NUL or to `end`: how a tar header holds names. */
export function readField(block: Buffer, start: number, end: number): ByteString {
  const nul = block.indexOf(0, start);
  return block.toString('latin1', start, nul < 0 || nul > end ? end : nul);
}
