// `--cap-add` and `--cap-drop`.
import {capabilityNames} from '../capabilities.ts';
import {optionError} from './option-error.ts';

/**
 * Names without `CAP_`, upper case, or `ALL`, each once. `field` is Docker's word for the flag in its message.
 * Throws EngineError 'invalid-option' for a name that Linux does not have.
 */
export function parseCapabilities(texts: readonly string[], field: 'CapAdd' | 'CapDrop'): string[] {
  return [...new Set(texts.map((text) => parseCapability(text, field)))];
}

function parseCapability(text: string, field: string): string {
  const name = text.toUpperCase().replace(/^CAP_/, '');
  if (name === 'ALL' || capabilityNames.includes(name)) return name;
  throw optionError(`invalid ${field}: unknown capability: "CAP_${name}"`);
}
