// eq, ne, lt, le, gt and ge of text/template: values of one kind only, and no lists or objects.
import {typeName} from './go-values.ts';

/** Equal to any of the others. Throws Error with Go's words. */
export function equalsAny(value: unknown, others: readonly unknown[]): boolean {
  if (others.length === 0) throw new Error('missing argument for comparison');
  return others.some((other) => equals(value, other));
}

function equals(a: unknown, b: unknown): boolean {
  if (isNil(a) || isNil(b)) return isNil(a) && isNil(b);
  const kind = kindOf(a);
  if (kind === undefined || kindOf(b) === undefined) {
    throw new Error(`non-comparable type ${typeName(kind === undefined ? a : b)}`);
  }
  if (kind !== kindOf(b)) throw new Error('incompatible types for comparison');
  return a === b;
}

/** a < b. Throws Error with Go's words. */
export function isLess(a: unknown, b: unknown): boolean {
  const kind = kindOf(a);
  if (kind === undefined || kind === 'boolean') throw new Error('invalid type for comparison');
  if (typeof a === 'string' && typeof b === 'string')
    return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
  if (kind !== kindOf(b)) throw new Error('incompatible types for comparison');
  return Number(a) < Number(b);
}

function kindOf(value: unknown): 'number' | 'string' | 'boolean' | undefined {
  const type = typeof value;
  if (type === 'bigint') return 'number';
  return type === 'number' || type === 'string' || type === 'boolean' ? type : undefined;
}

function isNil(value: unknown): boolean {
  return value === null || value === undefined;
}
