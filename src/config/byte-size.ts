// Docker's two readings of '10m': memory counts in steps of 1024, log sizes in steps of 1000 (docker/go-units).

export type SizeUnits = 'binary' | 'decimal';

const suffixes = ['', 'k', 'm', 'g', 't', 'p'];

/** Bytes of '64m', '1.5g', '10 MB', '4096'; undefined when the text is no such size, or too large to count exactly. */
export function parseByteSize(text: string, units: SizeUnits): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?(?:([kmgtp])(i?b)?|b)?$/i.exec(text);
  if (match?.[1] === undefined) return undefined;
  const power = suffixes.indexOf(match[2]?.toLowerCase() ?? '');
  const bytes = Math.floor(Number(match[1]) * (units === 'binary' ? 1024 : 1000) ** power);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
