// `--cpus`: a rational number of CPUs, as Docker takes it.
import {optionError} from './option-error.ts';

const nanosPerCpu = 1_000_000_000n;

/**
 * Billionths of a CPU from `1.5`, `.5`, `1e-1` or `3/2`. The range is checked against the host later. Throws
 * EngineError 'invalid-option' for other text and for what is no whole number of billionths.
 */
export function parseCpus(text: string): number {
  const [, sign, whole = '', fraction = '', exponent = '0', divisor = '1'] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text) ??
    /^([+-]?)(\d+)()()\/(\d+)$/.exec(text)?.map((part) => part || undefined) ??
    [];
  if (whole + fraction === '' || BigInt(divisor) === 0n) {
    throw optionError(`failed to parse ${text} as a rational number`);
  }
  const power = Number(exponent) - fraction.length;
  const numerator = BigInt(whole + fraction) * nanosPerCpu * 10n ** BigInt(Math.max(power, 0));
  const denominator = BigInt(divisor) * 10n ** BigInt(Math.max(-power, 0));
  if (numerator % denominator !== 0n) throw optionError('value is too precise');
  const nanos = Number(numerator / denominator);
  if (!Number.isSafeInteger(nanos)) throw optionError(`failed to parse ${text} as a rational number`);
  return sign === '-' ? -nanos : nanos;
}
