// The part of a check that looks at unpacked layers, and unpacks damaged ones again from their blobs.
import {createReadStream} from 'node:fs';
import {EngineError} from '../../errors.ts';
import {type Digest, parseDigest} from '../../images/digest.ts';
import {familiarReference, parseReference} from '../../images/reference.ts';
import type {Descriptor} from '../../oci/image-spec.ts';
import {type CheckContext, containerNames, finding, mend} from './context.ts';
import {type CheckedImages, provideBlob} from './images.ts';
import type {StoreFinding} from './report.ts';

/** What a layer can be made from again. */
interface LayerSource {
  descriptor: Descriptor;
  diffId: Digest;
  parents: Digest[];
}

interface NeededLayer {
  chainId: string;
  images: Set<string>;
  /** Undefined for a layer of containers whose image is gone. */
  source: LayerSource | undefined;
}

interface CheckedLayer {
  found: StoreFinding;
  /** True for a layer without a manifest: not damaged, and worth to be unpacked again. */
  isUnproven: boolean;
}

/** Lowest layers first: one is finished by those below it. */
export async function checkLayers(context: CheckContext, checked: CheckedImages): Promise<void> {
  const {layers, options, report} = context;
  const needed = neededLayers(context, checked);
  const damaged: (CheckedLayer & {layer: NeededLayer})[] = [];
  for (const layer of needed.values()) {
    const result = await checkOne(context, layer);
    if (result) damaged.push({layer, ...result});
  }
  const lost = new Set(damaged.filter(({isUnproven}) => !isUnproven).map(({layer}) => layer.chainId));
  for (const {layer, found, isUnproven} of damaged) {
    if (!isUnproven) report.findings.push(found);
    if (!options.repair) continue;
    options.onProgress?.({task: 'mending', object: `layer ${layer.chainId}`});
    const isMended = await mend(found, () => unpackAgain(context, layer, {lost, checked}));
    if (isMended) lost.delete(layer.chainId);
    // One that cannot be renewed is as good as it was.
    if (isMended && isUnproven) report.findings.push(found);
  }
  await checkStrays(context, new Set([...needed.keys()].map((chainId) => layers.folderName(chainId))));
}

async function checkStrays(context: CheckContext, needed: ReadonlySet<string>): Promise<void> {
  const {layers, options, report} = context;
  for (const name of await layers.strays()) {
    if (needed.has(name)) continue;
    const found = finding('layer', name, ['it is no layer: its record is damaged or missing']);
    report.findings.push(found);
    if (options.repair) await mend(found, () => removeStray(context, name));
  }
}

async function removeStray({layers, areContainersKnown}: CheckContext, name: string): Promise<string> {
  if (!areContainersKnown) throw unmendable('a container may need it: not all of them are known');
  return (await layers.removeStray(name))
    ? 'removed: no image and no container needs it'
    : 'a pull has put a layer in its place';
}

function neededLayers({containers}: CheckContext, {images}: CheckedImages): Map<string, NeededLayer> {
  const needed = new Map<string, NeededLayer>();
  const need = (chainId: string) => {
    const known = needed.get(chainId) ?? {chainId, images: new Set<string>(), source: undefined};
    needed.set(chainId, known);
    return known;
  };
  for (const {references, id, manifest, diffIds, chainIds} of images) {
    for (const [index, chainId] of chainIds.entries()) {
      const layer = need(chainId);
      for (const name of references.length > 0 ? references.map(familiar) : [id]) layer.images.add(name);
      const [descriptor, diffId] = [manifest.layers[index], diffIds[index]];
      if (descriptor && diffId) layer.source ??= {descriptor, diffId, parents: chainIds.slice(0, index)};
    }
  }
  for (const {chainIds} of containers) for (const chainId of chainIds) need(chainId);
  return needed;
}

async function checkOne(context: CheckContext, layer: NeededLayer): Promise<CheckedLayer | undefined> {
  const {layers, options, report} = context;
  const {deep = false, repair = false, onProgress, signal} = options;
  const {chainId} = layer;
  const mark = layers.damage(chainId);
  // What was found in content, a look at the facts alone would miss.
  const isDeep = deep || mark !== undefined;
  const total = isDeep ? await layers.sizeOf([chainId]) : undefined;
  let done = 0;
  report.checked.layers++;
  onProgress?.({task: 'checking', object: `layer ${chainId}`});
  const {state, problems, count} = await layers.check(chainId, {
    deep: isDeep,
    ...(signal && {signal}),
    onChecked({entries, bytes}) {
      report.checked.entries += entries;
      report.checked.bytes += bytes;
      done += bytes;
      if (total !== undefined) onProgress?.({task: 'checking', object: `layer ${chainId}`, done, total});
    },
  });
  if (state === 'whole') {
    // What only a look at content has found, only a look at content takes back.
    if (isDeep) await layers.mark(chainId, undefined);
    return undefined;
  }
  const isUnproven = state === 'unproven' && mark === undefined;
  const named = state === 'unproven' ? [mark ?? 'it has no manifest'] : problems;
  if (isUnproven) {
    report.unproven.push(chainId);
    if (!repair) return undefined;
  } else {
    await layers.mark(chainId, summary(named, count));
  }
  const found = finding('layer', chainId, named, {
    count: Math.max(1, count),
    images: layer.images,
    containers: containerNames(context, ({chainIds}) => chainIds.includes(chainId)),
  });
  return {found, isUnproven};
}

function summary(problems: readonly string[], count: number): string {
  const more = count > 1 ? `, and ${count - 1} more` : '';
  return `${problems[0] ?? 'unknown'}${more}`;
}

async function unpackAgain(
  context: CheckContext,
  {chainId, source}: NeededLayer,
  {lost, checked}: {lost: ReadonlySet<string>; checked: CheckedImages},
): Promise<string> {
  const {
    layers,
    images: {layout},
    options: {signal},
  } = context;
  if (!source) throw unmendable('its image is gone, and with it the blob that it was unpacked from');
  const digest = parseDigest(source.descriptor.digest);
  const below = source.parents.find((parent) => lost.has(parent));
  if (below !== undefined) throw unmendable(`layer ${below} below it is damaged`);
  if (layers.isMounted(chainId)) {
    throw unmendable('containers run on it: stop them, then check again with --repair');
  }
  if (!(await provideBlob(context, checked, digest))) {
    throw unmendable(`its blob ${digest} is damaged or missing too`);
  }
  const unpacked = await layers.unpack(
    createReadStream(layout.blobPath(digest), {highWaterMark: 1024 * 1024}),
    {mediaType: source.descriptor.mediaType, diffId: source.diffId, ...(signal && {signal})},
  );
  // Only what is marked is replaced. One that was whole without a manifest is again, should that fail.
  const isMarked = !(await layers.has(chainId));
  if (!isMarked) await layers.mark(chainId, 'it is being unpacked again');
  try {
    await layers.commit(unpacked, {chainId, parents: source.parents});
  } catch (error) {
    if (!isMarked) await layers.mark(chainId, undefined);
    throw error;
  }
  return 'unpacked again from its blob';
}

function unmendable(why: string): EngineError {
  return new EngineError('layer-damaged', why);
}

function familiar(reference: string): string {
  return familiarReference(parseReference(reference));
}
