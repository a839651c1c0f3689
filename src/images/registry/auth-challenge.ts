// Reading WWW-Authenticate (RFC 9110, section 11.6.1): what kind of proof a registry asks for. Pure.

export interface AuthChallenge {
  /** Lower case: 'bearer', 'basic'. */
  scheme: string;
  parameters: Record<string, string>;
}

/** Every challenge of the header, in order. What does not parse is left out. */
export function parseChallenges(header: string): AuthChallenge[] {
  const challenges: AuthChallenge[] = [];
  let rest = header.slice(0, 8192).trim();
  while (rest !== '') {
    const parameter = /^([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*,?\s*/.exec(rest);
    const current = challenges.at(-1);
    if (parameter?.[1] && current) {
      current.parameters[parameter[1].toLowerCase()] =
        parameter[2]?.replace(/\\(.)/g, '$1') ?? parameter[3] ?? '';
      rest = rest.slice(parameter[0].length);
      continue;
    }
    const scheme = /^([A-Za-z][\w-]*)(?:\s+|\s*,\s*|$)/.exec(rest);
    if (!scheme?.[1]) break;
    challenges.push({scheme: scheme[1].toLowerCase(), parameters: Object.create(null)});
    rest = rest.slice(scheme[0].length);
  }
  return challenges;
}
