// The JSON of `manifest inspect`, in the members, order and indentation of `docker manifest inspect`. Pure.
import type {ManifestInspection} from '../engine.ts';

type Inspected = Extract<ManifestInspection, {kind: 'manifest'}>['manifest'];

export function manifestText(found: ManifestInspection, verbose: boolean): string {
  if (found.kind === 'manifest') {
    return JSON.stringify(verbose ? detailsOf(found.manifest) : parsed(found.manifest), undefined, '\t');
  }
  if (verbose) return JSON.stringify(found.manifests.map(detailsOf), undefined, '\t');
  const manifests = found.entries.map(({mediaType, size, digest, platform}) => ({
    mediaType,
    size,
    digest,
    platform,
  }));
  return JSON.stringify({schemaVersion: 2, mediaType: found.mediaType, manifests}, undefined, '   ');
}

function detailsOf(manifest: Inspected) {
  const {mediaType, digest, size, platform} = manifest.descriptor;
  const kind = mediaType.includes('.docker.') ? 'SchemaV2Manifest' : 'OCIManifest';
  return {
    Ref: manifest.reference,
    Descriptor: {mediaType, digest, size, platform},
    Raw: Buffer.from(manifest.bytes).toString('base64'),
    [kind]: parsed(manifest),
  };
}

function parsed({bytes}: Inspected): unknown {
  return JSON.parse(Buffer.from(bytes).toString('utf8'));
}
