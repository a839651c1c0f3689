// The part of a check that looks at the image layout: index.json, documents, blobs.
import {isDiskFault, isEngineError} from '../../errors.ts';
import type {Digest} from '../../images/digest.ts';
import {ImageLoader} from '../../images/image-loader.ts';
import {mendBlob, removeAside, takeOut} from '../../images/layout/blob-repair.ts';
import {type BlobUse, blobUses} from '../../images/layout/blob-use.ts';
import {mendIndex} from '../../images/layout/index-repair.ts';
import {checkBlob, checkContent, checkIndex, strayBlobs} from '../../images/layout/layout-check.ts';
import type {StoredImage} from '../../images/stored-image.ts';
import type {Descriptor} from '../../oci/image-spec.ts';
import {registryOptions} from '../registry-options.ts';
import {type CheckContext, finding, mend} from './context.ts';
import type {StoreFinding} from './report.ts';

export interface CheckedImages {
  images: StoredImage[];
  /** What they need. */
  uses: ReadonlyMap<Digest, BlobUse>;
  /** Blobs that are damaged and stay so. */
  damagedBlobs: Set<Digest>;
}

export async function checkImages(context: CheckContext): Promise<CheckedImages> {
  const {images, report} = context;
  if (!(await checkIndexFile(context))) return {images: [], uses: new Map(), damagedBlobs: new Set()};
  const entries = images.layout.readIndex();
  const {uses, findings} = await checkBlobs(context, entries);
  report.findings.push(...findings.values());
  images.forget();
  const list = await images.list();
  report.checked.images = list.length;
  const damaged = [...findings].filter(([, {state}]) => state !== 'mended').map(([digest]) => digest);
  return {images: list, uses, damagedBlobs: new Set(damaged)};
}

/**
 * True when a layer can be unpacked from this blob: a quick check knows its size alone, so that it is read now, and mended where that is
 * needed.
 */
export async function provideBlob(
  context: CheckContext,
  {uses, damagedBlobs}: CheckedImages,
  digest: Digest,
): Promise<boolean> {
  const use = uses.get(digest);
  if (!use || damagedBlobs.has(digest)) return false;
  if (context.options.deep) return true;
  const found = await checkOne({...context, options: {...context.options, deep: true}}, use);
  if (!found) return true;
  context.report.findings.push(found);
  if (found.state !== 'mended') damagedBlobs.add(digest);
  return found.state === 'mended';
}

/** False when nobody can say which images there are. */
async function checkIndexFile({images, containers, options, report}: CheckContext): Promise<boolean> {
  const {layout} = images;
  const problem = checkIndex(layout);
  if (problem === undefined) return true;
  const found = finding('index', layout.indexPath, [problem]);
  report.findings.push(found);
  if (options.repair) {
    const known = containers.map(({image, ...record}) => ({...record, name: image}));
    return await mend(found, () => mendIndex(layout, known));
  }
  return isReadable(() => layout.readIndex());
}

function isReadable(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (isEngineError(error, 'state-damaged') || isDiskFault(error)) return false;
    throw error;
  }
}

/** By digest. A manifest that is mended leads to blobs that nobody knew of: then there is another round. */
async function checkBlobs(
  context: CheckContext,
  entries: readonly Descriptor[],
): Promise<{uses: Map<Digest, BlobUse>; findings: Map<Digest, StoreFinding>}> {
  const {images, options, report} = context;
  const findings = new Map<Digest, StoreFinding>();
  const checked = new Set<Digest>();
  let uses: Map<Digest, BlobUse>;
  do {
    uses = blobUses(entries, new ImageLoader(images.layout));
    for (const use of inOrder(uses, checked)) {
      checked.add(use.digest);
      report.checked.blobs++;
      const found = await checkOne(context, use);
      if (found) findings.set(use.digest, found);
    }
  } while (options.repair && inOrder(blobUses(entries, new ImageLoader(images.layout)), checked).length > 0);
  if (options.deep) await checkStrays(context, uses, findings);
  return {uses, findings};
}

// A manifest that others are made from comes before them.
function inOrder(uses: ReadonlyMap<Digest, BlobUse>, checked: ReadonlySet<Digest>): BlobUse[] {
  return [...uses.values()]
    .filter(({digest}) => !checked.has(digest))
    .sort((a, b) => Number(a.original !== undefined) - Number(b.original !== undefined));
}

async function checkOne(
  {images: {layout}, config, options, report}: CheckContext,
  use: BlobUse,
): Promise<StoreFinding | undefined> {
  const {deep = false, repair = false, onProgress, signal} = options;
  const {digest, sizeBytes: total} = use;
  let done = 0;
  onProgress?.({task: 'checking', object: `blob ${digest}`});
  const problem = await checkBlob(layout, use, {
    deep,
    ...(signal && {signal}),
    onChecked(bytes) {
      done += bytes;
      report.checked.bytes += bytes;
      onProgress?.({task: 'checking', object: `blob ${digest}`, done, total});
    },
  });
  if (problem === undefined) return undefined;
  const found = finding('blob', digest, [problem], {images: use.images});
  if (!repair) return found;
  onProgress?.({task: 'mending', object: `blob ${digest}`});
  await mend(found, () =>
    mendBlob(use, {
      layout,
      registry: registryOptions({config}),
      onDownloaded: (bytes) => onProgress?.({task: 'mending', object: `blob ${digest}`, done: bytes, total}),
      ...(signal && {signal}),
    }),
  );
  return found;
}

// A pull that takes one of these for what its name says would be wrong.
async function checkStrays(
  {images: {layout}, options: {repair, signal}}: CheckContext,
  uses: ReadonlyMap<Digest, BlobUse>,
  findings: Map<Digest, StoreFinding>,
): Promise<void> {
  for (const digest of await strayBlobs(layout, uses)) {
    const problem = await checkContent(layout, digest, signal ? {signal} : {});
    if (problem === undefined) continue;
    const found = finding('blob', digest, [problem]);
    findings.set(digest, found);
    if (!repair) continue;
    await mend(found, async () => {
      if (!(await takeOut(digest, layout, signal))) return 'replaced meanwhile by a whole one';
      await removeAside(digest, layout);
      return 'removed: no image needs it';
    });
  }
}
