// An archive that is an OCI image layout: index.json, and blobs under their digests. Docker since 25, Podman, skopeo and crundle
// write such ones. https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
import {isEngineError} from '../../errors.ts';
import {type Descriptor, mediaTypes} from '../../oci/image-spec.ts';
import {type Digest, digestOf, parseDigest} from '../digest.ts';
import {originalDigestOf} from '../layout/image-entry.ts';
import {blobName, layoutIndex, layoutMarker} from '../layout/layout-names.ts';
import {maxManifestBytes, parseManifest} from '../manifest.ts';
import {toOciManifest} from '../oci-manifest.ts';
import {isAttestation} from '../platform.ts';
import {parseReference, type Reference} from '../reference.ts';
import {type ArchiveMembers, invalidArchive, readMember} from './archive-members.ts';
import {type ArchiveContent, ArchivedImages, maxArchivedImages} from './archived-image.ts';

const refName = 'org.opencontainers.image.ref.name';
/** containerd's, and Docker's since 25: the whole name where `refName` is the tag alone. */
const imageName = 'io.containerd.image.name';

export function isOciArchive(members: ArchiveMembers): boolean {
  return members.sizeOf(layoutMarker) !== undefined && members.sizeOf(layoutIndex) !== undefined;
}

/** Throws EngineError 'archive-invalid', 'manifest-invalid', 'manifest-unsupported'. */
export async function readOciArchive(members: ArchiveMembers): Promise<ArchiveContent> {
  const bytes = await readMember(members, layoutIndex, maxManifestBytes);
  const document = parseManifest(bytes, mediaTypes.ociIndex, `archive ${members.name}`);
  if (document.kind !== 'index') throw invalidArchive(members.name, `its ${layoutIndex} is no index`);
  const images = new ArchivedImages();
  for (const entry of document.index.manifests.filter((item) => !isAttestation(item))) {
    const reference = referenceOf(entry);
    if (!images.add(await rootOf(members, entry), reference ? [reference] : []))
      throw invalidArchive(members.name, `it has more than ${maxArchivedImages} images`);
  }
  return {images: images.list(), memberOf: blobName, documents: new Map()};
}

// An entry of crundle's says which manifest of Docker's it was made of: that is the image's own, where it is there.
async function rootOf(members: ArchiveMembers, entry: Descriptor): Promise<Digest> {
  const digest = parseDigest(entry.digest);
  const original = originalDigestOf(entry);
  if (original === undefined || original === digest || members.sizeOf(blobName(original)) === undefined)
    return digest;
  const bytes = await readMember(members, blobName(original), maxManifestBytes);
  const document = parseManifest(bytes, mediaTypes.dockerManifest, `archive ${members.name}`);
  const made = document.kind === 'manifest' && digestOf(JSON.stringify(toOciManifest(document.manifest)));
  if (made !== digest) throw invalidArchive(members.name, `${digest} was not made of ${original}`);
  return original;
}

function referenceOf({annotations}: Descriptor): Reference | undefined {
  const name = annotations?.[imageName] ?? annotations?.[refName];
  // A tag alone names no image: the file or the folder had its name.
  if (name === undefined || /^(latest|v?\d[^:/]*)$/.test(name)) return undefined;
  try {
    const {digest: _, ...reference} = parseReference(name);
    return reference.tag === undefined ? undefined : reference;
  } catch (error) {
    // Any text may stand there.
    if (isEngineError(error, 'invalid-reference', 'invalid-digest')) return undefined;
    throw error;
  }
}
