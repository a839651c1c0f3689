// Platforms: what a person asks for, what an index offers, and which of its manifests that is. Pure.
import {EngineError} from '../errors.ts';
import {type Descriptor, mediaTypes, type Platform} from '../oci/image-spec.ts';

export const defaultPlatform: Platform = {os: 'linux', architecture: 'arm64'};

/**
 * Parses 'linux/arm64', 'linux/arm64/v8', 'arm64' or the kernel's 'aarch64' and normalises as containerd does: names in
 * lower case, arm64/v8 is arm64, arm is arm/v7. Throws EngineError 'invalid-platform'.
 */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split('/');
  const bad = parts.find((part) => !/^[a-z0-9_.-]+$/.test(part));
  if (bad !== undefined || parts.length > 3) {
    throw invalid(text, bad === undefined ? 'it has too many parts' : `'${bad}' is an invalid component`);
  }
  const [first = '', second, third] = parts;
  if (second === undefined) {
    if (knownOses.has(first)) return normalisePlatform({...defaultPlatform, os: first});
    if (!knownArchitectures.has(first) && !(first in architectureAliases)) {
      throw invalid(text, 'unknown operating system or architecture');
    }
    return normalisePlatform({os: 'linux', architecture: first});
  }
  return normalisePlatform({
    os: first,
    architecture: second,
    ...(third === undefined ? {} : {variant: third}),
  });
}

function invalid(text: string, why: string): EngineError {
  return new EngineError('invalid-platform', `invalid platform '${text}': ${why}`, {
    hint: 'a platform looks like linux/arm64 or linux/arm/v7',
  });
}

const knownOses = new Set(['linux', 'windows', 'darwin', 'freebsd', 'netbsd', 'openbsd', 'wasip1']);
const knownArchitectures = new Set(
  '386 amd64 arm arm64 loong64 mips mipsle mips64 mips64le ppc64 ppc64le riscv64 s390x wasm'.split(' '),
);
const architectureAliases: Record<string, [architecture: string, variant?: string]> = {
  aarch64: ['arm64'],
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
  i386: ['386'],
  i686: ['386'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
};

/** True for GOARCH's words that programs can be for; not for what a builder has made up. */
export function isKnownArchitecture(architecture: string): boolean {
  return knownArchitectures.has(architecture);
}

/** The same platform under its usual name: compares equal as text when it is equal. Keeps os.version and os.features. */
export function normalisePlatform(platform: Platform): Platform {
  const {architecture: given, variant: givenVariant, os, ...rest} = platform;
  const lower = given.toLowerCase();
  const [architecture, aliasVariant] = architectureAliases[lower] ?? [lower];
  let variant = givenVariant?.toLowerCase() || aliasVariant;
  if (variant !== undefined && /^[0-9]/.test(variant)) variant = `v${variant}`;
  if (architecture === 'arm64' && variant === 'v8') variant = undefined;
  if (architecture === 'amd64' && variant === 'v1') variant = undefined;
  if (architecture === 'arm' && variant === undefined) variant = 'v7';
  return {...rest, os: os.toLowerCase(), architecture, ...(variant === undefined ? {} : {variant})};
}

/** 'linux/arm64' or 'linux/arm/v7'. */
export function formatPlatform({os, architecture, variant}: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

/** How well `offered` serves `wanted`: 0 is best, undefined means that it does not run there. */
export function rankPlatform(offered: Platform, wanted: Platform): number | undefined {
  const have = normalisePlatform(offered);
  const want = normalisePlatform(wanted);
  if (have.os !== want.os || have.architecture !== want.architecture) return undefined;
  if (have.variant === want.variant) return 0;
  // A processor also runs what was built for an older one of its family: arm/v7 runs v6 and v5, amd64/v3 runs v2 and v1.
  const older = versionOf(want) - versionOf(have);
  return older > 0 ? older : undefined;
}

function versionOf({architecture, variant}: Platform): number {
  const version = Number(/^v(\d+(?:\.\d+)?)$/.exec(variant ?? '')?.[1]);
  return Number.isNaN(version) ? (architecture === 'arm64' ? 8 : 1) : version;
}

/**
 * The manifest of an index that serves `wanted`; the first of the best. A manifest without a platform is taken when
 * nothing else matches: its config then tells. Throws EngineError 'platform-mismatch' that lists what there is.
 */
export function choosePlatform(
  descriptors: readonly Descriptor[],
  wanted: Platform,
  subject = 'the image index',
): Descriptor {
  const candidates = descriptors.filter((descriptor) => !isAttestation(descriptor));
  let best: {descriptor: Descriptor; rank: number} | undefined;
  for (const descriptor of candidates) {
    const rank = descriptor.platform && rankPlatform(descriptor.platform, wanted);
    if (rank !== undefined && (best === undefined || rank < best.rank)) best = {descriptor, rank};
  }
  const chosen = best?.descriptor ?? candidates.find((descriptor) => descriptor.platform === undefined);
  if (chosen) return chosen;
  throw platformMismatch(
    subject,
    wanted,
    candidates.flatMap((descriptor) => descriptor.platform ?? []),
  );
}

// BuildKit stores provenance beside the images as manifests of the platform unknown/unknown.
export function isAttestation({platform, annotations, artifactType}: Descriptor): boolean {
  return (
    annotations?.['vnd.docker.reference.type'] === 'attestation-manifest' ||
    (platform?.os === 'unknown' && platform.architecture === 'unknown') ||
    (artifactType !== undefined && artifactType !== mediaTypes.ociConfig && platform === undefined)
  );
}

/** The error for an image that exists, but not for the platform asked for. */
export function platformMismatch(
  subject: string,
  wanted: Platform,
  offered: readonly Platform[],
): EngineError {
  const names = [...new Set(offered.map((platform) => formatPlatform(normalisePlatform(platform))))];
  const has = names.length === 0 ? 'it has no image at all' : `it has ${names.join(', ')}`;
  return new EngineError(
    'platform-mismatch',
    `no ${formatPlatform(wanted)} image in ${subject}: ${has}`,
    names[0] === undefined ? {} : {hint: `--platform ${names[0]} takes that one`},
  );
}
