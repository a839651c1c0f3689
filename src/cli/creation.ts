// What run and create share: their flags beyond the container's options, and the making of the container.

import {closeSync, openSync, rmSync, writeSync} from 'node:fs';
import type {ContainerOptions} from '../../bundles/container-options.ts';
import type {Engine} from '../engine.ts';
import {EngineError, errnoOf} from '../errors.ts';
import {parsed, text, toggle} from './flag-kinds.ts';
import {hasTag} from './image-name.ts';
import {interruptible} from './interrupt.ts';
import {pullDisplay} from './output/pull-display.ts';
import {writeError} from './output/standard-streams.ts';
import {UsageError} from './usage-error.ts';

export const creationFlags = {
  cidfile: text({description: 'Write the id of the container to this file, which must not exist'}),
  name: text({description: 'Name of the container (default: one is made up)'}),
  platform: text({description: 'Platform of the image, as os/architecture[/variant] (default linux/arm64)'}),
  pull: parsed(
    'string',
    parsePull,
  )({description: "Pull the image first: 'always', 'missing' or 'never' (default missing)"}),
  quiet: toggle({char: 'q', description: 'Do not show the pull'}),
};

export interface CreationFlags {
  cidfile?: string | undefined;
  name?: string | undefined;
  platform?: string | undefined;
  pull?: PullChoice | undefined;
  quiet?: boolean | undefined;
}

type PullChoice = 'always' | 'missing' | 'never';

/** Makes the container, showing a pull on standard error. Returns its id. */
export async function createContainer(
  engine: Engine,
  image: string,
  options: ContainerOptions,
  flags: CreationFlags,
): Promise<string> {
  using idFile = flags.cidfile === undefined ? undefined : openIdFile(flags.cidfile);
  const pull = flags.pull ?? 'missing';
  const {id, warnings} = await interruptible((signal) =>
    engine.containers.create({
      image,
      options: {...options, ...(flags.cidfile !== undefined && {idFile: flags.cidfile})},
      pull,
      signal,
      ...(flags.name !== undefined && {name: flags.name}),
      ...(flags.platform !== undefined && {platform: flags.platform}),
      ...(!flags.quiet && {onProgress: announcedPull(image, pull)}),
    }),
  );
  for (const warning of warnings) writeError(`WARNING: ${warning}\n`);
  idFile?.write(id);
  return id;
}

/** Shows a pull; its first sign is told in Docker's words. */
export function announcedPull(image: string, pull: PullChoice) {
  const display = pullDisplay(2);
  const name = hasTag(image) ? image : `${image}:latest`;
  let announced = pull === 'always';
  return (progress: Parameters<typeof display>[0]) => {
    if (!announced) writeError(`Unable to find image '${name}' locally\n`);
    announced = true;
    display(progress);
  };
}

// Made before the container, so that a path that cannot be written leaves none; removed when nothing was written.
function openIdFile(path: string): Disposable & {write(id: string): void} {
  let fd: number;
  try {
    fd = openSync(path, 'wx');
  } catch (error) {
    throw idFileFailure(path, error);
  }
  let written = false;
  return {
    write(id) {
      writeSync(fd, id);
      written = true;
    },
    [Symbol.dispose]() {
      closeSync(fd);
      if (!written) rmSync(path, {force: true});
    },
  };
}

function idFileFailure(path: string, error: unknown): Error {
  if (errnoOf(error) === 'EEXIST') {
    return new UsageError(
      `container ID file found, make sure the other container isn't running or delete ${path}`,
      {exit: 125},
    );
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new EngineError('invalid-option', `failed to create the container ID file: ${reason}`, {
    hint: 'name a file in a folder that is there and can be written',
    cause: error,
    exit: 125,
  });
}

function parsePull(value: string): PullChoice {
  if (value === 'always' || value === 'missing' || value === 'never') return value;
  throw new Error('must be one of "always", "missing" or "never"');
}
