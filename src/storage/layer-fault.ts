// What can be wrong with the content of a layer, thrown by the readers of an archive. They do not know which layer
// they read: layer-failure.ts turns a fault into the EngineError that names it.
import {type ByteString, toText} from './byte-string.ts';

/** `invalid`: not a well-formed layer. `hostile`: it names something outside its own folder. */
export type FaultKind = 'invalid' | 'hostile';

export class LayerFault extends Error {
  override readonly name = 'LayerFault';
  readonly kind: FaultKind;

  constructor(kind: FaultKind, reason: string) {
    super(reason);
    this.kind = kind;
  }
}

export function invalid(reason: string): LayerFault {
  return new LayerFault('invalid', reason);
}

export function hostile(reason: string): LayerFault {
  return new LayerFault('hostile', reason);
}

/** A name as it appears in a reason: quoted, as text, and short. */
export function quote(name: ByteString): string {
  const text = toText(name);
  return text.length > 200 ? `'${text.slice(0, 200)}…'` : `'${text}'`;
}
