// Pushing: one tag of a repository or all that are here. Loaded by `engine.images` when somebody pushes.

import {EngineError} from '../errors.ts';
import {parsePlatform, rankPlatform} from '../images/platform.ts';
import type {ProgressListener} from '../images/pull-progress.ts';
import {pushImage} from '../images/push.ts';
import {
  defaultTag,
  familiarName,
  familiarReference,
  formatReference,
  nameOf,
  parseReference,
  type Reference,
} from '../images/reference.ts';
import type {StoredImage} from '../images/stored-image.ts';
import {type EngineParts, useStore} from './parts.ts';
import {tellingRefusal} from './refusals.ts';
import {registryOptions} from './registry-options.ts';

export interface PushOptions {
  /** Every tag of the repository that is here; the name then has none of its own. */
  allTags?: boolean;
  /** `os/architecture[/variant]`: refuses an image for another one. */
  platform?: string;
  onProgress?: ProgressListener;
  signal?: AbortSignal;
}

export interface PushedImage {
  /** Canonical, with its tag. */
  reference: string;
  digest: string;
}

/** See ImageEngine.push. */
export async function pushImages(
  parts: EngineParts,
  text: string,
  options: PushOptions,
): Promise<PushedImage[]> {
  const reference = parseReference(text);
  if (reference.digest !== undefined) {
    throw new EngineError('invalid-reference', 'cannot push a digest reference', {
      hint: "give the image a name first: 'crundle tag'",
    });
  }
  const refused = {type: 'image', task: 'push', id: text, attributes: {name: text}} as const;
  return await tellingRefusal(parts, refused, async () => await push(parts, reference, options));
}

async function push(
  parts: EngineParts,
  reference: Reference,
  {allTags = false, platform, onProgress, signal}: PushOptions,
): Promise<PushedImage[]> {
  using _store = await useStore(parts);
  onProgress?.({kind: 'status', text: `The push refers to repository [${nameOf(reference)}]`});
  const chosen = choose(await parts.images.list(), reference, allTags);
  const pushed: PushedImage[] = [];
  for (const [name, image] of chosen) {
    checkPlatform(name, image, platform);
    const {digest} = await pushImage({
      reference: name,
      image,
      store: parts.images,
      // What is pushed goes to the registry itself.
      registry: {...registryOptions(parts), mirrors: []},
      maxConcurrentUploads: parts.config.maxConcurrentUploads,
      ...(onProgress && {onProgress}),
      ...(signal && {signal}),
    });
    const actor = {id: familiarReference(name), attributes: {name: familiarName(name)}};
    parts.tell({type: 'image', action: 'push', actor, time: new Date()});
    pushed.push({reference: formatReference(name), digest});
  }
  return pushed;
}

function choose(
  images: readonly StoredImage[],
  reference: Reference,
  allTags: boolean,
): [name: Reference, image: StoredImage][] {
  const named = images
    .flatMap((image) => image.references.map((name) => [parseReference(name), image] as const))
    .filter(([name]) => nameOf(name) === nameOf(reference));
  if (named.length === 0) {
    throw new EngineError(
      'image-not-found',
      `An image does not exist locally with the tag: ${familiarName(reference)}`,
      {hint: "'crundle images' lists what is here; 'crundle tag' gives an image this name"},
    );
  }
  const chosen = allTags ? named : named.filter(([name]) => name.tag === reference.tag);
  if (chosen.length > 0) {
    return chosen
      .map(([name, image]): [Reference, StoredImage] => [name, image])
      .sort(([a], [b]) => ((a.tag ?? defaultTag) < (b.tag ?? defaultTag) ? -1 : 1));
  }
  const tags = named.map(([name]) => name.tag).join(', ');
  throw new EngineError('image-not-found', `tag does not exist: ${familiarReference(reference)}`, {
    hint: `here are: ${tags}`,
  });
}

function checkPlatform(name: Reference, image: StoredImage, platform: string | undefined): void {
  if (platform === undefined || rankPlatform(image.platform, parsePlatform(platform)) !== undefined) return;
  throw new EngineError(
    'platform-mismatch',
    `image with reference ${familiarReference(name)} was found but does not provide the specified platform (${platform})`,
    {hint: 'crundle keeps one platform of an image under a name: pull the other one first'},
  );
}
