// What is wrong with one layer, as text for a person: a few problems are named, all are counted.
import {type ByteString, toText} from './byte-string.ts';

const maxNamed = 20;

export class LayerProblems {
  readonly named: string[] = [];
  count = 0;

  add(problem: string): void {
    this.count++;
    if (this.named.length < maxNamed) this.named.push(problem);
  }

  /** `name`: the entry, below the layer's root. */
  addEntry(name: ByteString, problem: string): void {
    this.add(`/${toText(name)}: ${problem}`);
  }
}
