// What the header and the program headers of an ELF file say: for which machine it is, what it needs to be loaded, and
// whether it is whole. See elf(5). Pure: bytes come from a function.

/** Reads at most `length` bytes at `offset`; fewer at the end of the file. */
export type ReadBytes = (offset: number, length: number) => Buffer;

export interface ElfFile {
  bits: 32 | 64;
  endian: 'little' | 'big';
  /** e_machine. */
  machine: number;
  /** e_type: 2 is an executable, 3 one that may lie anywhere (or a library). */
  type: number;
  /** PT_INTERP: the loader of a dynamic program. */
  interpreter?: string;
  /** The smallest p_align of what is loaded; 0 when nothing is. */
  align: number;
  /** How many bytes the file must have for its headers and segments. */
  neededBytes: number;
}

/** Why a file that begins as ELF is none. */
export interface ElfDamage {
  damage: string;
}

const magic = Buffer.from('\x7fELF', 'latin1');
const PT_LOAD = 1;
const PT_INTERP = 3;
const maxHeaders = 256;
const maxInterpreterBytes = 4096;

export function isElf(start: Buffer): boolean {
  return start.length >= 4 && start.subarray(0, 4).equals(magic);
}

/** Undefined for a file that does not begin as ELF. A file that is too short is no damage here: see `neededBytes`. */
export function readElf(readFile: ReadBytes, sizeBytes: number): ElfFile | ElfDamage | undefined {
  // No offset in a file is to be believed.
  const read: ReadBytes = (offset, length) =>
    offset < sizeBytes ? readFile(offset, length) : Buffer.alloc(0);
  const header = read(0, 64);
  if (!isElf(header)) return undefined;
  const bits = header[4] === 1 ? 32 : header[4] === 2 ? 64 : undefined;
  const endian = header[5] === 1 ? 'little' : header[5] === 2 ? 'big' : undefined;
  const headerBytes = bits === 32 ? 52 : 64;
  if (header.length < headerBytes) return {damage: `it has ${sizeBytes} bytes, and its header alone more`};
  if (bits === undefined || endian === undefined) return {damage: 'its ELF header makes no sense'};
  const fields = new Fields(header, bits, endian);
  const file = {bits, endian, machine: fields.half(18), type: fields.half(16)} as const;
  const table = {
    offset: fields.word(bits === 64 ? 32 : 28),
    size: fields.half(bits === 64 ? 54 : 42),
    count: fields.half(bits === 64 ? 56 : 44),
  };
  if (table.count > 0 && table.size !== (bits === 64 ? 56 : 32))
    return {damage: 'its ELF header makes no sense'};
  if (table.count > maxHeaders) return {damage: `it names ${table.count} segments`};
  return {...file, ...readSegments(read, table, fields)};
}

function readSegments(
  read: ReadBytes,
  table: {offset: number; size: number; count: number},
  {bits, endian}: Fields,
): Pick<ElfFile, 'interpreter' | 'align' | 'neededBytes'> {
  const tableBytes = table.size * table.count;
  const bytes = table.count === 0 ? Buffer.alloc(0) : read(table.offset, tableBytes);
  let neededBytes = table.offset + tableBytes;
  let align = 0;
  let interpreter: string | undefined;
  for (let index = 0; index < table.count && (index + 1) * table.size <= bytes.length; index++) {
    const at = index * table.size;
    const fields = new Fields(bytes.subarray(at, at + table.size), bits, endian);
    const type = fields.int(0);
    const offset = fields.word(bits === 64 ? 8 : 4);
    const length = fields.word(bits === 64 ? 32 : 16);
    if (type === PT_LOAD) {
      if (length > 0) neededBytes = Math.max(neededBytes, offset + length);
      const own = fields.word(bits === 64 ? 48 : 28);
      align = align === 0 ? own : Math.min(align, own);
    } else if (type === PT_INTERP) {
      const text = read(offset, Math.min(length, maxInterpreterBytes));
      const nul = text.indexOf(0);
      interpreter = text.toString('utf8', 0, nul < 0 ? text.length : nul);
    }
  }
  return {neededBytes, align, ...(interpreter !== undefined && {interpreter})};
}

class Fields {
  readonly bits: 32 | 64;
  readonly endian: 'little' | 'big';
  readonly #bytes: Buffer;

  constructor(bytes: Buffer, bits: 32 | 64, endian: 'little' | 'big') {
    this.#bytes = bytes;
    this.bits = bits;
    this.endian = endian;
  }

  half(at: number): number {
    return this.endian === 'little' ? this.#bytes.readUInt16LE(at) : this.#bytes.readUInt16BE(at);
  }

  int(at: number): number {
    return this.endian === 'little' ? this.#bytes.readUInt32LE(at) : this.#bytes.readUInt32BE(at);
  }

  /** An address, offset or size. Larger ones than any file has lose digits, which does not matter here. */
  word(at: number): number {
    if (this.bits === 32) return this.int(at);
    return Number(
      this.endian === 'little' ? this.#bytes.readBigUInt64LE(at) : this.#bytes.readBigUInt64BE(at),
    );
  }
}

/** GOARCH's word and a person's for e_machine. */
export function machineOf({machine, bits, endian}: Pick<ElfFile, 'machine' | 'bits' | 'endian'>): {
  architecture: string;
  name: string;
} {
  const little = endian === 'little' ? 'le' : '';
  switch (machine) {
    case 3:
      return {architecture: '386', name: 'x86, 32 bits'};
    case 8:
      return {architecture: `mips${bits === 64 ? '64' : ''}${little}`, name: 'MIPS'};
    case 20:
      return {architecture: 'ppc', name: 'PowerPC, 32 bits'};
    case 21:
      return {architecture: `ppc64${little}`, name: 'POWER'};
    case 22:
      return {architecture: 's390x', name: 'IBM Z'};
    case 40:
      return {architecture: 'arm', name: 'ARM, 32 bits'};
    case 62:
      return {architecture: 'amd64', name: 'x86-64'};
    case 183:
      return {architecture: 'arm64', name: 'AArch64'};
    case 243:
      return {architecture: `riscv${bits}`, name: 'RISC-V'};
    case 258:
      return {architecture: 'loong64', name: 'LoongArch'};
    default:
      return {architecture: `machine ${machine}`, name: `ELF machine ${machine}`};
  }
}
