// Docker's rules for `rmi`: which names go, whether the image goes with them, and what stands in the way. Pure.
// Follows moby's daemon/images/image_delete.go, and its words.
import {EngineError} from '../errors.ts';
import {type Digest, hexOf, shortId} from './digest.ts';
import {nameOf, parseImageName, parseReference} from './reference.ts';

/** A container made of an image. */
export interface ImageUser {
  containerId: string;
  isRunning: boolean;
}

export interface RemovalRequest {
  image: {id: Digest; references: readonly string[]; repoDigests: readonly string[]};
  /** What the person typed. */
  text: string;
  users: readonly ImageUser[];
  force: boolean;
}

export interface RemovalPlan {
  /** Canonical names that the image loses. */
  tags: string[];
  repoDigests: string[];
  /** True when the image itself goes. */
  isDeleted: boolean;
}

/** Throws EngineError 'image-in-use'. */
export function planRemoval(request: RemovalRequest): RemovalPlan {
  const {image, text, users, force} = request;
  const all = {tags: [...image.references], repoDigests: [...image.repoDigests]};
  if (isIdPrefix(image.id, text)) {
    if (!hasSingleName(request)) {
      if (!force) throw conflict(request, 'must be forced', 'image is referenced in multiple repositories');
    }
    checkUsers(request);
    return {...all, isDeleted: true};
  }
  const [user] = users;
  if (!force && user && hasSingleName(request)) {
    throw new EngineError(
      'image-in-use',
      `conflict: unable to remove repository reference "${text}" (must force) - container ` +
        `${user.containerId.slice(0, 12)} is using its referenced image ${shortId(image.id)}`,
      {hint: `remove the container first, or force it with 'crundle rmi -f ${text}'`},
    );
  }
  const plan = planUntag(request);
  const left = all.tags.length + all.repoDigests.length - plan.tags.length - plan.repoDigests.length;
  // An image in use only loses its name, even by force: a running container keeps what it runs on.
  const isKept = left > 0 || users.some((item) => item.isRunning || !force);
  return {...plan, isDeleted: !isKept};
}

// A tag goes alone; when it was the last of its repository, the repository's digests go with it.
function planUntag({image, text}: RemovalRequest): Omit<RemovalPlan, 'isDeleted'> {
  const {digest, tag, ...repository} = parseReference(text);
  const name = nameOf(repository);
  const inRepository = image.repoDigests.filter((item) => item.startsWith(`${name}@`));
  if (digest !== undefined) {
    const exact = inRepository.filter((item) => item === `${name}@${digest}`);
    // Asked for by the manifest's digest where the index's was pulled: it is the same image of that repository.
    return {tags: [], repoDigests: exact.length > 0 ? exact : inRepository};
  }
  const tags = [`${name}:${tag}`];
  const otherTag = image.references.some((item) => !tags.includes(item) && item.startsWith(`${name}:`));
  return {tags, repoDigests: otherTag ? [] : inRepository};
}

function isIdPrefix(id: Digest, text: string): boolean {
  return parseImageName(text).kind !== 'reference' && (id.startsWith(text) || hexOf(id).startsWith(text));
}

// At most one tag, and nothing from another repository.
function hasSingleName({image}: RemovalRequest): boolean {
  if (image.references.length > 1) return false;
  const names = [...image.references, ...image.repoDigests].map((item) => nameOf(parseReference(item)));
  return new Set(names).size <= 1;
}

function checkUsers(request: RemovalRequest): void {
  const running = request.users.find((user) => user.isRunning);
  if (running) {
    const id = running.containerId.slice(0, 12);
    throw conflict(request, 'cannot be forced', `image is being used by running container ${id}`);
  }
  const [stopped] = request.users;
  if (stopped && !request.force) {
    const id = stopped.containerId.slice(0, 12);
    throw conflict(request, 'must be forced', `image is being used by stopped container ${id}`);
  }
}

function conflict({image}: RemovalRequest, force: string, why: string): EngineError {
  const hint =
    force === 'must be forced'
      ? `'crundle rmi -f' removes it all the same`
      : 'stop and remove the container first';
  return new EngineError(
    'image-in-use',
    `conflict: unable to delete ${shortId(image.id)} (${force}) - ${why}`,
    {
      hint,
    },
  );
}
