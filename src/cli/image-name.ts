// Image names as lists show them: 'alpine', not 'docker.io/library/alpine'. Takes canonical names apart; checks nothing.

export interface NameParts {
  /** In Docker's familiar form. */
  repository: string;
  tag?: string;
  digest?: string;
}

/** `docker.io/library/alpine:3` to `alpine` and `3`. */
export function splitName(canonical: string): NameParts {
  const [named = '', digest] = canonical.split('@');
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const repository = familiar(hasTag ? named.slice(0, colon) : named);
  return {repository, ...(hasTag && {tag: named.slice(colon + 1)}), ...(digest !== undefined && {digest})};
}

/** `docker.io/library/alpine:3` to `alpine:3`. */
export function familiar(canonical: string): string {
  return canonical.replace(/^docker\.io\/(library\/(?=[^/]+$))?/, '');
}

/** Whether a name as a person typed it has a tag or a digest. */
export function hasTag(name: string): boolean {
  return name.includes('@') || name.lastIndexOf(':') > name.lastIndexOf('/');
}
