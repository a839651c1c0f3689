// Where the data of a sparse file belongs: the old GNU form ('S' entries) and the three pax forms (0.0, 0.1, 1.0).
import type {ByteString} from './byte-string.ts';
import {invalid} from './layer-fault.ts';
import {blockBytes, numberField} from './tar-header.ts';

/** A run of data in the file; everything between runs is a hole. */
export interface SparseRun {
  offset: number;
  length: number;
}

export interface SparseMap {
  /** In order and apart. Their lengths add up to the data in the archive. */
  runs: SparseRun[];
  /** Size of the file in bytes. */
  realSize: number;
}

// As much as Go's archive/tar (and so Docker) reads of a map.
const maxRuns = 65536;

/** The map, when it is in order and fits `dataBytes` of archived data. Throws LayerFault. */
export function checkSparseMap(map: SparseMap, dataBytes: number): SparseMap {
  let position = 0;
  let total = 0;
  for (const {offset, length} of map.runs) {
    if (offset < position || offset + length > map.realSize) throw invalid('its sparse map is out of order');
    position = offset + length;
    total += length;
  }
  if (total !== dataBytes) throw invalid('its sparse map does not match its data');
  return map;
}

/** Reads runs from an old GNU header (`start` 386, 4 runs) or extension block (0, 21 runs). */
export function readOldRuns(block: Buffer, start: number, count: number): SparseRun[] {
  const runs: SparseRun[] = [];
  for (let index = 0; index < count; index++) {
    const at = start + index * 24;
    if (block[at] === 0) break;
    runs.push({offset: numberField(block, at, 12), length: numberField(block, at + 12, 12)});
  }
  return runs;
}

/** The GNU.sparse.* records in front of an entry. */
export class SparseRecords {
  #values = new Map<string, ByteString>();
  #pairs: ByteString[] = [];

  /** 0.0 repeats `offset` and `numbytes` for each run; the others name a key once. */
  add(key: string, value: ByteString): void {
    if (key === 'offset' || key === 'numbytes') {
      if (this.#pairs.length >= 2 * maxRuns) throw invalid('a sparse map is too long');
      this.#pairs.push(value);
    } else this.#values.set(key, value);
  }

  /** The real name, which the entry's own header replaces by one with the writer's process number. */
  get name(): ByteString | undefined {
    return this.#values.get('name');
  }

  /** True when the map stands in front of the data (1.0) and not in these records. */
  get mapIsInData(): boolean {
    return this.#values.get('major') === '1';
  }

  get realSize(): number {
    return decimal(this.#values.get('realsize') ?? this.#values.get('size') ?? '');
  }

  /** The runs that the records of 0.0 and 0.1 hold. Throws LayerFault. */
  runs(): SparseRun[] {
    const map = this.#values.get('map');
    const numbers = map === undefined ? this.#pairs : map === '' ? [] : map.split(',');
    return toRuns(numbers.map(decimal));
  }
}

/**
 * The map in front of the data of a pax 1.0 sparse file, block by block: decimal numbers, each with a newline, the
 * first one the count of runs, filled up to a whole block.
 */
export class SparseMapInData {
  readonly #numbers: number[] = [];
  #wanted = 1;
  #rest = '';
  #bytes = 0;

  /** The runs and the bytes that the map took, once the last block of it was added. Throws LayerFault. */
  add(block: Buffer): {runs: SparseRun[]; bytes: number} | undefined {
    this.#bytes += block.length;
    const lines = (this.#rest + block.toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (this.#numbers.length === this.#wanted) break;
      this.#numbers.push(decimal(line));
      if (this.#numbers.length > 1) continue;
      this.#wanted = 1 + 2 * decimal(line);
      if (this.#wanted > 2 * maxRuns) throw invalid('a sparse map is too long');
    }
    if (this.#rest.length > blockBytes) throw invalid('a sparse map holds no number');
    return this.#numbers.length === this.#wanted
      ? {runs: toRuns(this.#numbers.slice(1)), bytes: this.#bytes}
      : undefined;
  }
}

function toRuns(numbers: readonly number[]): SparseRun[] {
  if (numbers.length % 2 !== 0) throw invalid('a sparse map has an offset without a length');
  const runs: SparseRun[] = [];
  for (let index = 0; index < numbers.length; index += 2) {
    runs.push({offset: numbers[index] ?? 0, length: numbers[index + 1] ?? 0});
  }
  return runs;
}

function decimal(text: ByteString): number {
  const number = Number(text);
  if (!/^[0-9]{1,16}$/.test(text) || !Number.isSafeInteger(number))
    throw invalid('a sparse map holds no number');
  return number;
}
