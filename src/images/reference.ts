// Image references as Docker reads, normalises and shows them: the grammar and the error words of
// github.com/distribution/reference. Pure text: knows no store and no network.
import {EngineError} from '../errors.ts';
import {type Digest, isDigest, parseDigest} from './digest.ts';

/** A normalised reference. A digest, when there is one, decides which image it is; the tag then only informs. */
export interface Reference {
  /** Host with an optional port: 'docker.io', 'localhost:5000', '[::1]:5000'. */
  registry: string;
  /** 'library/alpine' */
  repository: string;
  tag?: string;
  digest?: Digest;
}

export const defaultRegistry = 'docker.io';
const legacyRegistry = 'index.docker.io';
const officialPrefix = 'library/';
export const defaultTag = 'latest';
const maxRepositoryLength = 255;

const domainComponent = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const host = `(?:${domainComponent}(?:\\.${domainComponent})*|\\[[a-fA-F0-9:]+\\])`;
const domain = `${host}(?::[0-9]+)?`;
const pathComponent = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const path = `${pathComponent}(?:/${pathComponent})*`;
const tag = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
const digest = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const referencePattern = new RegExp(`^(${domain})/(${path})(?::(${tag}))?(?:@(${digest}))?$`);

/**
 * Parses and normalises what a person types: 'alpine' is docker.io/library/alpine with tag latest. The tag defaults
 * only when there is no digest. Throws EngineError 'invalid-reference' in Docker's words, 'invalid-digest'.
 */
export function parseReference(text: string): Reference {
  if (/^[a-f0-9]{64}$/.test(text)) {
    throw invalid(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  }
  // Far beyond any reference: keeps a pasted file out of the pattern and of the message.
  if (text.length > 1024) throw invalid(`invalid reference format: ${text.length} characters are too many`);
  const [registry, rest] = splitRegistry(text);
  const repository = rest.split(':', 1)[0] ?? '';
  if (repository.toLowerCase() !== repository) {
    throw invalid(`invalid reference format: repository name (${repository}) must be lowercase`);
  }
  const match = referencePattern.exec(`${registry}/${rest}`);
  if (!match?.[1] || !match[2]) {
    throw invalid(
      text === '' ? 'invalid reference format: it is empty' : `invalid reference format: '${text}'`,
    );
  }
  if (match[2].length > maxRepositoryLength) {
    throw invalid(
      `invalid reference format: repository name must not be more than ${maxRepositoryLength} characters: '${text}'`,
    );
  }
  const parsed: Reference = {registry: match[1], repository: match[2]};
  if (match[4] !== undefined) parsed.digest = parseDigest(match[4]);
  if (match[3] !== undefined) parsed.tag = match[3];
  else if (match[4] === undefined) parsed.tag = defaultTag;
  return parsed;
}

/** True for 'host' and 'host:port'. */
export function isRegistryHost(text: string): boolean {
  return new RegExp(`^${domain}$`).test(text);
}

/** A name to give to an image: a reference without a digest. Throws EngineError 'invalid-reference' in Docker's words. */
export function parseNewName(text: string): Reference {
  return withoutDigest(nameToGive(text));
}

/** The same for an image that is only being made, of which Docker's words are others. */
export function parseFirstName(text: string): Reference {
  return withoutDigest(parseReference(text));
}

function withoutDigest(reference: Reference): Reference {
  if (reference.digest !== undefined) throw invalid('refusing to create a tag with a digest reference');
  if (/^(sha256|sha512)$/.test(familiarName(reference))) {
    // 'sha256:…' would read back as a digest.
    throw invalid('refusing to create an ambiguous tag using digest algorithm as name');
  }
  return reference;
}

function nameToGive(text: string): Reference {
  try {
    return parseReference(text);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(
      'invalid-reference',
      `error parsing reference: "${text.slice(0, 1024)}" is not a valid repository/tag: ${error.message}`,
      {...(error.hint !== undefined && {hint: error.hint}), cause: error},
    );
  }
}

// The first component is a registry when it cannot be a Docker Hub user: it has a '.', a ':' or a capital letter,
// or is 'localhost'.
function splitRegistry(text: string): [registry: string, rest: string] {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(slash, 0));
  const isRegistry =
    slash >= 0 && (first === 'localhost' || /[.:]/.test(first) || first.toLowerCase() !== first);
  const registry = !isRegistry || first === legacyRegistry ? defaultRegistry : first;
  const rest = isRegistry ? text.slice(slash + 1) : text;
  return [registry, registry === defaultRegistry && !rest.includes('/') ? officialPrefix + rest : rest];
}

function invalid(message: string): EngineError {
  return new EngineError('invalid-reference', message, {
    hint: 'a reference looks like alpine, alpine:3.20, ghcr.io/owner/name:tag or name@sha256:…',
  });
}

/** Canonical name without tag or digest: 'docker.io/library/alpine'. */
export function nameOf(reference: Reference): string {
  return `${reference.registry}/${reference.repository}`;
}

/** Canonical form: 'docker.io/library/alpine:3', with '@sha256:…' after it when there is a digest. */
export function formatReference(reference: Reference): string {
  return nameOf(reference) + suffixOf(reference);
}

/** The short form Docker shows: 'alpine:3'. */
export function familiarReference(reference: Reference): string {
  return familiarName(reference) + suffixOf(reference);
}

/** The short name Docker shows, without tag or digest: 'alpine', 'owner/name', 'ghcr.io/owner/name'. */
export function familiarName({registry, repository}: Reference): string {
  if (registry !== defaultRegistry) return `${registry}/${repository}`;
  const rest = repository.startsWith(officialPrefix) ? repository.slice(officialPrefix.length) : repository;
  // 'library/a/b' must keep its prefix, or it would read back as the user a.
  return rest.includes('/') ? repository : rest;
}

function suffixOf(reference: Reference): string {
  const shownTag = reference.tag === undefined ? '' : `:${reference.tag}`;
  return shownTag + (reference.digest === undefined ? '' : `@${reference.digest}`);
}

/** What a person may type for an image that is stored: a full image ID, an ID prefix, or a reference. */
export type ImageName =
  | {kind: 'id'; id: Digest}
  | {kind: 'prefix'; hex: string; reference?: Reference}
  | {kind: 'reference'; reference: Reference};

/** Docker's ParseAnyReference, and its search by ID prefix. Throws EngineError 'invalid-reference'. */
export function parseImageName(text: string): ImageName {
  if (isDigest(text)) return {kind: 'id', id: text};
  if (/^[a-f0-9]{64}$/.test(text)) return {kind: 'id', id: `sha256:${text}`};
  const hex = /^(?:sha256:)?([a-f0-9]{1,64})$/.exec(text)?.[1];
  if (hex === undefined) return {kind: 'reference', reference: parseReference(text)};
  return {kind: 'prefix', hex, reference: parseReference(text)};
}
