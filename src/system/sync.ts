// coreutils' `sync`: waiting for the disk in another process, where libc.ts's syncfs would hold this one's only thread.
import {runQuickProgram} from './quick-program.ts';

// A slow SD card with gigabytes to write.
const timeoutMs = 30 * 60_000;

/**
 * Writes back the whole file system that holds `path`, an absolute path, and waits until the disk has it. Throws
 * EngineError 'program-failed' when the disk refuses.
 */
export async function syncFileSystem(path: string): Promise<void> {
  await runQuickProgram('sync', ['--file-system', path], {timeoutMs, install: 'apt install coreutils'});
}
