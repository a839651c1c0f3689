// Pulling every tag of a repository. Loaded by `engine.images` when somebody asks for that.

import {EngineError, isEngineError} from '../errors.ts';
import {pullOutcome} from '../images/pull.ts';
import {familiarName, nameOf, parseReference, type Reference} from '../images/reference.ts';
import {Registry} from '../images/registry/registry.ts';
import {addingToStore, type EngineParts} from './parts.ts';
import {awaitClock, type PulledImage, type PullOptions, pullReference} from './pull.ts';
import {registryOptions} from './registry-options.ts';

/** See ImageEngine.pullAll. */
export async function pullAll(
  parts: EngineParts,
  text: string,
  options: PullOptions,
): Promise<PulledImage[]> {
  await awaitClock(options);
  const {tag: _, ...repository} = parseReference(text);
  return await addingToStore(parts, () => pullTags(parts, repository, options));
}

async function pullTags(
  parts: EngineParts,
  repository: Reference,
  options: PullOptions,
): Promise<PulledImage[]> {
  const pulled: PulledImage[] = [];
  let skipped: EngineError | undefined;
  let refused: EngineError | undefined;
  for (const tag of await listTags(parts, repository, options.signal)) {
    try {
      pulled.push(await pullReference(parts, {...repository, tag}, {...options, isOneOfMany: true}));
    } catch (error) {
      // A signature, a chart, another platform: beside the images, not in place of them. An image that cannot run keeps nobody from
      // the others, but is told of in the end.
      if (isEngineError(error, 'image-damaged')) refused ??= error;
      else if (!isEngineError(error, 'platform-mismatch', 'manifest-unsupported')) throw error;
      skipped ??= error;
      options.onProgress?.({kind: 'status', text: `${tag}: Skipped: ${error.message}`});
    }
  }
  if (refused !== undefined) throw refused;
  const name = familiarName(repository);
  if (pulled.length === 0) {
    throw skipped ?? new EngineError('manifest-not-found', `repository ${name} has no tags`);
  }
  const changed = pulled.some((image) => image.changed);
  options.onProgress?.({kind: 'status', text: pullOutcome(changed, name)});
  return pulled;
}

async function listTags(parts: EngineParts, reference: Reference, signal?: AbortSignal): Promise<string[]> {
  using registry = new Registry(reference, registryOptions(parts));
  const tags = await registry.listTags(signal);
  // A tag that is none would be part of a path.
  return tags.map((tag) => parseReference(`${nameOf(reference)}:${tag}`).tag ?? tag);
}
