// `commit`: what a container has written as one layer more on its image.
import {committedConfig} from '../containers/committed-config.ts';
import {containerEvent} from '../containers/container-event.ts';
import {whilePaused} from '../containers/pause-owner.ts';
import {EngineError, isEngineError} from '../errors.ts';
import {asTask, checkCancelled} from '../images/cancellation.ts';
import {changeConfig} from '../images/dockerfile/config-changes.ts';
import {emptyDiffId, type LayerBlob, writeLayerBlob} from '../images/layout/layer-blob.ts';
import {storeNewImage} from '../images/new-image.ts';
import {familiarReference, parseFirstName} from '../images/reference.ts';
import type {StoredImage} from '../images/stored-image.ts';
import type {ContainerRecord} from '../state/container-record.ts';
import {type TarMember, writeTar} from '../storage/tar-writer.ts';
import {layerMembers} from '../storage/upper-layer.ts';
import {filesOf, type LeftOutListener, refuseIfRemoved} from './changes.ts';
import {addingToStore, type EngineParts} from './parts.ts';

export interface CommitOptions {
  /** NAME[:TAG]. Absent: the image has no name. */
  name?: string;
  author?: string;
  /** Of the step in the image's history. */
  message?: string;
  /** Dockerfile instructions for the image's config: see changeConfig. */
  changes?: readonly string[];
  /** Default true: the container stands still while its files are read. */
  pause?: boolean;
  onLeftOut?: LeftOutListener;
  signal?: AbortSignal;
}

/**
 * Makes the image, durably, and returns it; a failure leaves nothing visible. Throws EngineError 'invalid-option' for a change,
 * 'invalid-reference', 'image-not-found' when the container's image is gone, 'image-damaged', 'disk-full', 'cancelled', and
 * what whilePaused throws.
 */
export async function commitContainer(
  parts: EngineParts,
  record: ContainerRecord,
  {name, author, message = '', changes = [], pause = true, onLeftOut, signal}: CommitOptions,
): Promise<StoredImage> {
  const reference = name === undefined ? undefined : parseFirstName(name);
  const before = committedConfig(record);
  const config = changeConfig(before, changes);
  const members = layerMembers(filesOf(parts, record), onLeftOut ?? (() => undefined));
  const write = async () => await writeLayer(parts, members, signal);
  const make = async () => {
    const base = await baseOf(parts, record);
    await using layer = await (pause ? whilePaused(parts.containers, record, write) : write());
    refuseIfRemoved(parts, record);
    const step = {
      created: new Date().toISOString(),
      ...(author && {author}),
      created_by: (before.Cmd ?? []).join(' '),
      ...(message !== '' && {comment: message}),
    };
    const changed = layer.diffId === emptyDiffId ? {} : {layer};
    return await storeNewImage({
      image: {base, ...changed, platform: base.platform, config, ...(author && {author}), step},
      references: reference ? [reference] : [],
      subject: `an image of ${record.name}`,
      store: parts.images,
      layers: parts.layers,
      ...(signal && {signal}),
    });
  };
  const image = await asTask('commit', () => addingToStore(parts, make));
  const imageRef = reference ? familiarReference(reference) : '';
  if (reference) {
    const actor = {id: image.id, attributes: {...config.Labels, name: imageRef}};
    parts.tell({type: 'image', action: 'tag', actor, time: new Date()});
  }
  parts.tell(containerEvent('commit', record, {comment: message, imageID: image.id, imageRef}));
  return image;
}

async function baseOf({images}: EngineParts, {name, imageId}: ContainerRecord): Promise<StoredImage> {
  try {
    return await images.resolve(imageId);
  } catch (error) {
    if (!isEngineError(error, 'image-not-found')) throw error;
    throw new EngineError('image-not-found', `${error.message}, which ${name} is made of`, {
      hint: `pull it again; or, as one layer: 'crundle export ${name} | crundle import -'`,
      cause: error,
    });
  }
}

async function writeLayer(
  {images}: EngineParts,
  members: Iterable<TarMember>,
  signal: AbortSignal | undefined,
): Promise<LayerBlob> {
  return await writeLayerBlob(images.layout, checked(writeTar(members), signal));
}

function* checked(pieces: Iterable<Buffer>, signal: AbortSignal | undefined): Generator<Buffer> {
  for (const piece of pieces) {
    checkCancelled(signal);
    yield piece;
  }
}
