// Pulling, with a look at what the image runs. Loaded by `engine.images` when somebody pulls: the registry client is a third of
// the program.
import {join} from 'node:path';
import {EngineError} from '../errors.ts';
import {cancelled, namingTask} from '../images/cancellation.ts';
import {defaultPlatform, parsePlatform} from '../images/platform.ts';
import {pullImage} from '../images/pull.ts';
import type {ProgressListener} from '../images/pull-progress.ts';
import {
  familiarName,
  familiarReference,
  formatReference,
  parseReference,
  type Reference,
} from '../images/reference.ts';
import type {StoredImage} from '../images/stored-image.ts';
import {isClockSynchronized, waitForClock} from '../system/clock.ts';
import {beginCall} from '../system/trace.ts';
import {writtenBytes} from '../system/written-bytes.ts';
import {checkImage} from './image-check.ts';
import {addingToStore, type EngineParts} from './parts.ts';
import {registryOptions} from './registry-options.ts';

export interface PullOptions {
  /** `os/architecture[/variant]`. Default: linux/arm64. */
  platform?: string;
  /** How long to wait before for a clock that is not synchronised: certificates cannot be checked by a wrong one. */
  waitForClockMs?: number;
  onProgress?: ProgressListener;
  signal?: AbortSignal;
}

export interface PulledImage {
  image: StoredImage;
  /** Canonical. */
  reference: string;
  digest: string;
  /** False when the name already meant this image. */
  changed: boolean;
  /** What keeps the image's own command from running on this machine. Only told of what was fetched now. */
  warnings: string[];
  /** What the pull had disks write, all in all; undefined where the kernel does not count that. */
  writtenBytes: number | undefined;
}

/** See ImageEngine.pull. */
export async function pullByName(
  parts: EngineParts,
  text: string,
  options: PullOptions,
): Promise<PulledImage> {
  await awaitClock(options);
  const reference = parseReference(text);
  return await addingToStore(parts, () => pullReference(parts, reference, {...options, typed: text}));
}

/** The caller holds store.lock shared. `typed`: the name as a person wrote it; `isOneOfMany`: see PullRequest. */
export async function pullReference(
  parts: EngineParts,
  reference: Reference,
  {
    platform,
    typed,
    isOneOfMany = false,
    onProgress,
    signal,
  }: PullOptions & {typed?: string; isOneOfMany?: boolean},
): Promise<PulledImage> {
  const {config, images, layers} = parts;
  const image = typed ?? familiarReference(reference);
  const warnings: string[] = [];
  const call = beginCall();
  const before = writtenBytes();
  const result = await pullImage({
    reference,
    platform: platform === undefined ? defaultPlatform : parsePlatform(platform),
    store: images,
    layers,
    registry: registryOptions(parts),
    isOneOfMany,
    maxConcurrentDownloads: config.maxConcurrentDownloads,
    check(imageConfig, chainIds) {
      const layersRoot = join(config.dataRoot, 'layers');
      warnings.push(...checkImage({image, layersRoot, chainIds, config: imageConfig}));
    },
    ...(onProgress && {onProgress}),
    ...(signal && {signal}),
  });
  parts.tell({
    type: 'image',
    action: 'pull',
    actor: {id: familiarReference(reference), attributes: {name: familiarName(reference)}},
    time: new Date(),
  });
  const after = writtenBytes();
  const written = after === undefined || before === undefined ? undefined : after - before;
  call?.end(`pull ${formatReference(reference)}`, `${written ?? '?'} bytes written`);
  return {...result, reference: formatReference(reference), warnings, writtenBytes: written};
}

/** As long as the options say, at most. Throws EngineError 'clock-wrong', 'cancelled'. */
export async function awaitClock({waitForClockMs, onProgress, signal}: PullOptions): Promise<void> {
  if (waitForClockMs === undefined || isClockSynchronized()) return;
  onProgress?.({kind: 'status', text: 'Waiting for the clock to be synchronised'});
  const isSet = await waitForClock(waitForClockMs, signal).catch((error: unknown) => {
    throw signal?.aborted ? namingTask(cancelled(), 'pull') : error;
  });
  if (isSet) return;
  throw new EngineError('clock-wrong', `the clock is not synchronised after ${waitForClockMs / 1000} s`, {
    hint: "does a time service run, and does it reach a server? 'timedatectl' tells",
  });
}
