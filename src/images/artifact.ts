// The names of things that live in registries and are not container images.

/** What a media type is in a person's words ('a Helm chart'), or undefined for an image's own or an unknown type. */
export function artifactName(mediaType: string): string | undefined {
  return artifacts.find(([prefix]) => mediaType.startsWith(prefix))?.[1];
}

const artifacts: [prefix: string, name: string][] = [
  ['application/vnd.cncf.helm.', 'a Helm chart'],
  ['application/vnd.wasm.', 'a WebAssembly module'],
  ['application/wasm', 'a WebAssembly module'],
  ['application/vnd.dev.cosign.', 'a cosign signature'],
  ['application/vnd.dev.sigstore.', 'a sigstore bundle'],
  ['application/vnd.cncf.notary.', 'a notation signature'],
  ['application/vnd.in-toto', 'an in-toto attestation'],
  ['application/vnd.docker.plugin.', 'a Docker plugin'],
  ['application/vnd.docker.compose.', 'a Compose project'],
  ['application/vnd.docker.ai.', 'an AI model'],
  ['application/vnd.cncf.model.', 'an AI model'],
  ['application/vnd.ollama.', 'an AI model'],
  ['application/vnd.sylabs.sif.', 'a Singularity image'],
  ['application/vnd.cyclonedx', 'a software bill of materials'],
  ['application/spdx', 'a software bill of materials'],
  ['text/spdx', 'a software bill of materials'],
  ['application/vnd.buildkit.cacheconfig.', 'a BuildKit cache'],
  ['application/vnd.oci.empty.', 'an OCI artifact'],
  ['application/vnd.unknown.', 'an OCI artifact'],
];
