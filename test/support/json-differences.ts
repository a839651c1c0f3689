// Where one JSON document has not what the other has.

export interface Difference {
  /** `.HostConfig.Binds[0]` */
  path: string;
  /** `missing`, or the two values. */
  what: string;
}

/** What `expected` has and `actual` has not, or has with another type or value. More in `actual` is no difference. */
export function jsonDifferences(expected: unknown, actual: unknown, path = ''): Difference[] {
  if (actual === undefined) return [{path, what: `missing, ${JSON.stringify(expected)}`}];
  if (typeOf(expected) !== typeOf(actual) || typeof expected !== 'object' || expected === null)
    return expected === actual
      ? []
      : [{path, what: `${JSON.stringify(expected)}, not ${JSON.stringify(actual)}`}];
  const isList = Array.isArray(expected);
  return Object.entries(expected).flatMap(([key, value]) =>
    jsonDifferences(
      value,
      (actual as Record<string, unknown>)[key],
      isList ? `${path}[${key}]` : `${path}.${key}`,
    ),
  );
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}
