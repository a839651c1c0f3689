// What this process has had disks write, as the kernel counts it: flash cards wear, and nobody should have to guess by how much.
import {readOptionalFile} from './optional-file.ts';

/** Of all threads since the start; nothing for tmpfs. Undefined where the kernel does not count. proc(5), /proc/PID/io. */
export function writtenBytes(): number | undefined {
  const count = /^write_bytes: (\d+)$/m.exec(readOptionalFile('/proc/self/io') ?? '')?.[1];
  return count === undefined ? undefined : Number(count);
}
