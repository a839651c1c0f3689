// Where on the host a container's mounts come from: folders that were named, folders of volumes, and parts of those.
import {existsSync, statSync} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import {dirname, isAbsolute, resolve} from 'node:path';
import type {ResolvedMount} from '../../../bundles/bundle-input.ts';
import type {BindMount, MountOption} from '../../../bundles/mount-options.ts';
import {EngineError, errnoOf} from '../../errors.ts';
import type {ContainerRecord} from '../../state/container-record.ts';
import {isRehearsal, isRehearsed} from '../../system/rehearsal.ts';
import {commandLine} from '../../system/trace.ts';
import type {ContainerContext} from '../container-context.ts';
import {openSubpath} from './volume-subpath.ts';

/**
 * Bind mounts and volumes with their sources, which are made where Docker makes them: when a person starts the container. At boot
 * and by a restart policy (`makesSources` false) a folder that is missing is one on a disk that is not mounted yet, and a database
 * would come up empty. Throws EngineError 'invalid-option'
 * for a source that is not there, or no path.
 */
export async function resolveMounts(
  context: ContainerContext,
  record: ContainerRecord,
  {makesSources}: {makesSources: boolean},
): Promise<ResolvedMount[]> {
  const binds = await Promise.all(
    record.options.mounts.map(async (mount) =>
      mount.type === 'bind' ? [await resolveBind(mount, makesSources)] : [],
    ),
  );
  const volumes = record.volumes.map((volume): ResolvedMount => {
    const folder = context.volumes.pathOf(volume.name);
    const source = volume.subpath === undefined ? folder : openSubpath(context, volume).path;
    return {
      source,
      destination: volume.target,
      readOnly: volume.readOnly,
      propagation: 'rprivate',
      isFile: isFile(source),
    };
  });
  return [...binds.flat(), ...volumes];
}

/** --mount wants its source to be there, when the container is made and at each start. Throws 'invalid-option'. */
export function checkBindSources(mounts: readonly MountOption[]): void {
  for (const mount of mounts) if (mount.type === 'bind' && mount.origin === 'mount') requireSource(mount);
}

function requireSource({source}: BindMount): void {
  if (existsSync(source)) return;
  throw new EngineError(
    'invalid-option',
    `invalid mount config for type "bind": bind source path does not exist: ${source}`,
    {hint: `make it first, or use -v ${source}:…, which makes a folder`, exit: 125},
  );
}

async function resolveBind(mount: BindMount, makesSources: boolean): Promise<ResolvedMount> {
  const {source, target, readOnly, propagation, recursion, origin} = mount;
  if (!isAbsolute(source)) {
    throw new EngineError('invalid-option', `bind source ${source} is not an absolute path`, {exit: 125});
  }
  if (origin === 'mount') requireSource(mount);
  else if (makesSources) await makeSource(source);
  else if (!existsSync(source)) throw notThereYet(source);
  return {
    source,
    destination: target,
    readOnly,
    propagation,
    ...(recursion && {recursion}),
    isFile: isFile(source),
  };
}

function notThereYet(source: string): EngineError {
  return new EngineError('invalid-option', `bind source path does not exist: ${source}`, {
    hint: 'is its disk mounted? Only a start by a person makes a folder that is missing',
    exit: 125,
  });
}

function isFile(path: string): boolean {
  return statSync(path, {throwIfNoEntry: false})?.isDirectory() === false;
}

async function makeSource(source: string): Promise<void> {
  if (isRehearsal() && existsSync(source)) return;
  if (
    isRehearsed(() => ({
      call: commandLine(['mkdir', '-p', source]),
      folders: missingFolders(resolve(source)),
    }))
  )
    return;
  try {
    // As Docker does for -v: a source that is not there becomes a folder.
    await mkdir(source, {recursive: true});
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw badSource(source, error);
  }
}

// The source, and all above it that are not there.
function missingFolders(source: string): string[] {
  if (existsSync(source)) return [];
  return [source, ...missingFolders(dirname(source))];
}

function badSource(source: string, cause: unknown): unknown {
  const reason = errnoOf(cause);
  if (reason === undefined) return cause;
  return new EngineError(
    'invalid-option',
    `cannot mount ${source}: it is not there and cannot be made (${reason})`,
    {
      hint: 'check the path on the host: a part of it may be a file, or a link that leads nowhere',
      cause,
      exit: 125,
    },
  );
}
