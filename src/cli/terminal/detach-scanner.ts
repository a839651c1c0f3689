// Finds the detach key sequence in what a person types. Pure: bytes in, bytes to pass on out.

export interface ScannedInput {
  /** What goes to the container. Keys that may still become the sequence are held back. */
  forward: Uint8Array;
  detached: boolean;
}

/** Remembers how much of the sequence has come; keys that turn out not to belong to it are passed on late. */
export class DetachScanner {
  readonly #sequence: Uint8Array;
  #matched = 0;

  /** An empty sequence never detaches. */
  constructor(sequence: Uint8Array) {
    this.#sequence = sequence;
  }

  scan(input: Uint8Array): ScannedInput {
    if (this.#sequence.length === 0) return {forward: input, detached: false};
    const forward: number[] = [];
    for (const byte of input) {
      if (byte === this.#sequence[this.#matched]) {
        this.#matched++;
        if (this.#matched === this.#sequence.length)
          return {forward: Uint8Array.from(forward), detached: true};
        continue;
      }
      this.#release(byte, forward);
    }
    return {forward: Uint8Array.from(forward), detached: false};
  }

  // The held keys and this one: pass on as few as leave a beginning of the sequence.
  #release(byte: number, forward: number[]): void {
    const held = [...this.#sequence.subarray(0, this.#matched), byte];
    for (let dropped = 1; dropped <= held.length; dropped++) {
      const rest = held.slice(dropped);
      if (rest.every((key, index) => key === this.#sequence[index])) {
        forward.push(...held.slice(0, dropped));
        this.#matched = rest.length;
        return;
      }
    }
  }
}
