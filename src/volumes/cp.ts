// cp (GNU coreutils), the one program that copies trees. Debian and Ubuntu always have it.
import {runProgram} from '../system/program.ts';

const hourMs = 3_600_000;

/**
 * Copies the folder `source`, its own attributes and all it holds, to `target`, which must not exist: owners, modes,
 * times, hard links among the files, xattrs (file capabilities and ACLs too), holes, devices, FIFOs; links are copied
 * and never followed, but for a link that `source` itself is. Shares blocks with the original where the file system
 * can. Throws EngineError 'program-failed'; what was copied until then stays. Dies with this process.
 */
export async function copyTree(source: string, target: string, signal?: AbortSignal): Promise<void> {
  // 'xattr' by name makes a lost attribute an error, which -a alone would pass over in silence. The slash and dot
  // makes cp enter a source such as /proc/PID/fd/N. setpriv, of util-linux, ends cp when crundle is killed.
  await runProgram(
    'setpriv',
    [
      '--pdeathsig',
      'KILL',
      'cp',
      '--recursive',
      '--no-dereference',
      '--preserve=mode,ownership,timestamps,links,xattr',
      '--no-target-directory',
      '--',
      `${source}/.`,
      target,
    ],
    {
      timeoutMs: hourMs,
      install: 'apt install util-linux coreutils',
      ...(signal === undefined ? {} : {signal}),
    },
  );
}
