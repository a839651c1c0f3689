// Content digests: the name of every blob, image and layer. Knows hashing, not where the bytes come from.
import {createHash, type Hash} from 'node:crypto';
import {EngineError} from '../errors.ts';

/** Algorithm and lower-case hexadecimal of full length. https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests */
export type Digest = `${DigestAlgorithm}:${string}`;
export type DigestAlgorithm = 'sha256' | 'sha512';

/** Checks a digest from outside. Throws EngineError 'invalid-digest'. */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) {
    const shown = text.length > 160 ? `${text.slice(0, 160)}…` : text;
    throw new EngineError('invalid-digest', `'${shown}' is not a digest: ${whatIsWrong(text)}`);
  }
  return text;
}

export function isDigest(text: string): text is Digest {
  return /^(sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/.test(text);
}

function whatIsWrong(text: string): string {
  const [algorithm = '', hex] = text.split(':', 2);
  if (hex === undefined) return 'it has no algorithm, such as sha256:';
  if (algorithm !== 'sha256' && algorithm !== 'sha512') return 'only sha256 and sha512 are supported';
  return `${algorithm} needs ${algorithm === 'sha256' ? 64 : 128} lower-case hexadecimal digits`;
}

/** The part after the algorithm: the file name of the blob. */
export function hexOf(digest: Digest): string {
  return digest.slice(7);
}

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** What Docker prints as an image or layer ID: the first 12 hexadecimal digits. */
export function shortId(digest: Digest): string {
  return hexOf(digest).slice(0, 12);
}

/** The digest of bytes at hand. */
export function digestOf(bytes: Uint8Array | string, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** A running hash that ends as a digest comparable with `expected`. */
export function startDigest(expected: Digest): {update(bytes: Uint8Array): void; end(): Digest} {
  const algorithm = algorithmOf(expected);
  const hash: Hash = createHash(algorithm);
  return {
    update: (bytes) => void hash.update(bytes),
    end: () => `${algorithm}:${hash.digest('hex')}`,
  };
}

/**
 * The chain IDs of layers, lowest first: each names a layer together with everything below it.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#layer-chainid
 */
export function chainIdsOf(diffIds: readonly Digest[]): Digest[] {
  const chainIds: Digest[] = [];
  for (const diffId of diffIds) {
    const parent = chainIds.at(-1);
    chainIds.push(parent === undefined ? diffId : digestOf(`${parent} ${diffId}`));
  }
  return chainIds;
}
