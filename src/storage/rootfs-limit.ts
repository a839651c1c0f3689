// How much a container may write into its root filesystem: a project quota on the folders that the overlay writes to.
import {randomInt} from 'node:crypto';
import {dirname} from 'node:path';
import {EngineError, errnoOf} from '../errors.ts';
import {limitProject, projectOf, projectUse, setProject} from '../system/project-quota.ts';
import {isRehearsal, isRehearsed, standsFor} from '../system/rehearsal.ts';
import {commandLine} from '../system/trace.ts';

/** Smaller numbers are left to people, who choose their own in /etc/projects. */
const firstProject = 1 << 20;
const lastProject = 2 ** 31 - 1;

/**
 * Lets `folders`, empty ones of one file system, hold no more than `bytes` together. Throws EngineError 'not-supported' where
 * the file system keeps no project quotas.
 */
export function limitFolders(folders: readonly [string, ...string[]], bytes: number): void {
  const [first] = folders;
  try {
    const project = freeProject(first);
    if (isRehearsal()) {
      rehearseLimit(folders, {project, bytes});
      return;
    }
    // The limit first: nothing is in the project yet that could be over it.
    limitProject(first, project, bytes);
    // A rename from one project to another is a copy to the kernel, which overlayfs does not make: they share one.
    for (const folder of folders) setProject(folder, project);
  } catch (error) {
    if (!['ENOSYS', 'ENOTTY', 'EOPNOTSUPP', 'ESRCH', 'EINVAL'].includes(errnoOf(error) ?? '')) throw error;
    throw new EngineError(
      'not-supported',
      `--storage-opt size needs project quotas, which the file system of ${first} does not keep`,
      {
        hint: 'ext4 (tune2fs -O quota,project) and xfs keep them when they are mounted with prjquota, on Linux 5.14 and later',
        cause: error,
        exit: 125,
      },
    );
  }
}

/**
 * Lifts the limit that a folder is under, if it is under one of ours: a project that its parent is in too is somebody else's.
 * Idempotent. The files in it stay as they are.
 */
export function unlimitFolder(folder: string): void {
  ifLimited(folder, (project) => limitProject(folder, project, 0));
}

/** Puts an empty folder under the limit that another one is under, if it is under one of ours. Idempotent. */
export function joinLimit(folder: string, other: string): void {
  ifLimited(other, (project) => setProject(folder, project));
}

function ifLimited(folder: string, action: (project: number) => void): void {
  try {
    const project = projectOf(folder);
    if (project >= firstProject && project !== projectOf(dirname(folder))) action(project);
  } catch (error) {
    if (!['ENOENT', 'ENOSYS', 'ENOTTY', 'EOPNOTSUPP', 'ESRCH', 'EINVAL'].includes(errnoOf(error) ?? ''))
      throw error;
  }
}

// setquota wants the mount point.
function rehearseLimit(
  folders: readonly [string, ...string[]],
  {project, bytes}: {project: number; bytes: number},
): void {
  const real = folders.map((folder) => commandLine([standsFor(folder)]));
  const limit = (kilobytes: number) =>
    `setquota -P ${project} 0 ${kilobytes} 0 0 "$(findmnt -no TARGET -T ${dirname(real[0] ?? '')})"`;
  isRehearsed(() => ({call: limit(Math.ceil(bytes / 1024)), undo: limit(0)}));
  isRehearsed(() => ({call: `chattr -p ${project} +P ${real.join(' ')}`}));
}

// Nothing is written down: a project is taken when the file system knows of a use or a limit.
function freeProject(folder: string): number {
  for (;;) {
    const project = randomInt(firstProject, lastProject);
    const {usedBytes, limitBytes} = projectUse(folder, project);
    if (usedBytes === 0 && limitBytes === 0) return project;
  }
}
