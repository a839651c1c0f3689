// Pulling, with a look at what the image runs. Loaded by `engine.images` when somebody pulls: the registry client is a third of
// the program.
import {join} from 'node:path';
import {checkImage} from './engine-image-check.ts';
import {type EngineParts, useStore} from './engine-parts.ts';
import {EngineError} from './errors.ts';
import {readCredentials} from './images/credentials.ts';
import {defaultPlatform, parsePlatform} from './images/platform.ts';
import {pullImage} from './images/pull.ts';
import type {ProgressListener} from './images/pull-progress.ts';
import {familiarName, familiarReference, formatReference, parseReference} from './images/reference.ts';
import type {StoredImage} from './images/stored-image.ts';
import {isClockSynchronized, waitForClock} from './system/clock.ts';

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
}

/** See ImageEngine.pull. */
export async function pullByName(
  parts: EngineParts,
  text: string,
  {platform, waitForClockMs, onProgress, signal}: PullOptions,
): Promise<PulledImage> {
  if (waitForClockMs !== undefined) await awaitClock(waitForClockMs, {onProgress, signal});
  const reference = parseReference(text);
  const {config, images, layers} = parts;
  using _store = await useStore(parts);
  const warnings: string[] = [];
  const result = await pullImage({
    reference,
    platform: platform === undefined ? defaultPlatform : parsePlatform(platform),
    store: images,
    layers,
    registry: {
      insecureRegistries: config.insecureRegistries,
      mirrors: config.registryMirrors,
      credentials: readCredentials(),
      timing: {maxRetries: config.maxDownloadAttempts - 1},
    },
    maxConcurrentDownloads: config.maxConcurrentDownloads,
    check(imageConfig, chainIds) {
      const layersRoot = join(config.dataRoot, 'layers');
      warnings.push(...checkImage({image: text, layersRoot, chainIds, config: imageConfig}));
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
  return {...result, reference: formatReference(reference), warnings};
}

async function awaitClock(
  timeoutMs: number,
  {onProgress, signal}: {onProgress: ProgressListener | undefined; signal: AbortSignal | undefined},
): Promise<void> {
  if (isClockSynchronized()) return;
  onProgress?.({kind: 'status', text: 'Waiting for the clock to be synchronised'});
  if (await waitForClock(timeoutMs, signal)) return;
  throw new EngineError('clock-wrong', `the clock is not synchronised after ${timeoutMs / 1000} s`, {
    hint: "does a time service run, and does it reach a server? 'timedatectl' tells",
  });
}
