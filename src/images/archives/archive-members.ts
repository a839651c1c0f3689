// What an archive of images holds, by name: the files of a tar archive or of a folder. Where they come from is the business of
// tar-members.ts, spooled-members.ts and folder-members.ts; what they mean that of oci-archive.ts and docker-archive.ts.
import {EngineError} from '../../errors.ts';
import type {Digest} from '../digest.ts';

export interface ArchiveMembers extends AsyncDisposable {
  /** Of the archive, for messages: 'app.tar', 'standard input'. */
  readonly name: string;
  /** Bytes of a file; undefined when there is none of that name. Links within the archive are followed. */
  sizeOf(member: string): number | undefined;
  /** The bytes of a file that is there, from an offset on. Throws EngineError 'archive-invalid'. */
  open(member: string, offset: number): AsyncIterable<Uint8Array>;
  /** A file of the engine's own that is exactly this member and may be moved away; undefined when there is none. */
  fileOf?(member: string): {path: string; digest: Digest} | undefined;
}

/** What reads archives. The storage has it for layers; the engine hands it over. */
export interface ArchiveTools {
  /** The plain bytes, whatever the compression. */
  decompress(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Buffer>;
  /** How the blob is compressed that begins like this; undefined when it is not. */
  compressionOf(start: Buffer): 'gzip' | 'zstd' | undefined;
  readTar(sink: MemberSink): TarScan;
  /** What is wrong with an archive, if that is what an error of these says. */
  faultOf(error: unknown): string | undefined;
}

export interface TarScan {
  write(piece: Buffer): void;
  /** Leaves out what is to come of the data of the entry: returns how many bytes are not to be written. */
  skipData(): number;
  readonly hasEnded: boolean;
  finish(): void;
}

/** An entry of a tar archive. Names are bytes as characters, as archived. */
export interface MemberEntry {
  type: string;
  name: string;
  linkName: string;
  dataBytes: number;
  sparse: unknown;
}

/** Takes what a scan finds: for each entry `entry`, for files then `data` in pieces, then `entryEnd`. */
export interface MemberSink {
  entry(entry: MemberEntry): void;
  data(bytes: Buffer): void;
  entryEnd(): void;
}

/** Runs what reads an archive, and words its faults. Throws EngineError 'archive-invalid'. */
export async function readingArchive<T>(
  name: string,
  tools: ArchiveTools,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const fault = tools.faultOf(error);
    throw fault === undefined ? error : invalidArchive(name, fault, error);
  }
}

export function invalidArchive(name: string, why: string, cause?: unknown): EngineError {
  return new EngineError('archive-invalid', `invalid archive ${name}: ${why}`, {cause});
}

/** A file that must be there and be small. Throws EngineError 'archive-invalid'. */
export async function readMember(members: ArchiveMembers, member: string, maxBytes: number): Promise<Buffer> {
  const size = members.sizeOf(member);
  if (size === undefined) throw invalidArchive(members.name, `it has no file ${member}`);
  if (size > maxBytes) {
    throw invalidArchive(members.name, `${member} has ${size} bytes, more than ${maxBytes}`);
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of members.open(member, 0)) pieces.push(piece);
  return Buffer.concat(pieces);
}
