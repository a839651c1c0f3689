// The OCI manifest of an image whose own is Docker's: the same config and layers under OCI's media types. Pure.
import {type Descriptor, type ImageManifest, mediaTypes} from '../oci/image-spec.ts';

/** Deterministic: the same manifest gives the same document. Blobs, and so the image's ID, stay what they are. */
export function toOciManifest({config, layers}: ImageManifest): ImageManifest {
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: {mediaType: mediaTypes.ociConfig, digest: config.digest, size: config.size},
    layers: layers.map(toOciLayer),
  };
}

function toOciLayer({mediaType, digest, size}: Descriptor): Descriptor {
  return {mediaType: ociTypes[mediaType] ?? mediaType, digest, size};
}

const ociTypes: Record<string, string> = {
  [mediaTypes.dockerLayer]: mediaTypes.ociLayer,
  [mediaTypes.dockerLayerGzip]: mediaTypes.ociLayerGzip,
  [mediaTypes.dockerLayerZstd]: mediaTypes.ociLayerZstd,
};
