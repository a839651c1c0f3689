// The way of a config.json to text and back that keeps every uint64 whole: RLIM_INFINITY is 2^64-1, which a double
// turns into 18446744073709552000, which no runtime accepts.
import type {RuntimeConfig} from './runtime-spec.ts';

/** JSON of a whole config or of a part such as a ProcessSpec. Bigints are written as plain integers. */
export function formatRuntimeJson(value: object): string {
  return JSON.stringify(value, (_key, field: unknown) =>
    typeof field === 'bigint' ? rawJson(field.toString()) : field,
  );
}

/** A config.json that this engine wrote; nothing is checked. Integers beyond 2^53 become bigints. Throws SyntaxError. */
export function parseRuntimeConfig(text: string): RuntimeConfig {
  return parseWithBigints(text) as RuntimeConfig;
}

/** JSON.parse, but integers beyond 2^53 become bigints. Throws SyntaxError. */
export function parseWithBigints(text: string): unknown {
  return JSON.parse(text, reviveInteger);
}

// TypeScript's library types neither JSON.rawJSON nor the reviver's third argument yet.
// https://github.com/tc39/proposal-json-parse-with-source
interface SourceJson {
  rawJSON(text: string): unknown;
}

function rawJson(text: string): unknown {
  return (JSON as unknown as SourceJson).rawJSON(text);
}

function reviveInteger(_key: string, value: unknown, context?: {source?: string}): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !context?.source) return value;
  return /^-?\d+$/.test(context.source) ? BigInt(context.source) : value;
}
