// ELF files that say what a test wants them to say, and run nowhere.

export interface ElfOptions {
  /** e_machine: 183 is AArch64, 62 x86-64, 40 ARM. */
  machine: number;
  /** Default 64. */
  bits?: 32 | 64;
  /** Default 'little'. */
  endian?: 'little' | 'big';
  /** e_type. Default 3, a program that may lie anywhere. */
  type?: number;
  interpreter?: string;
  /** p_align of the one segment that is loaded. Default 65536. */
  align?: number;
  /** Of that segment. Default 16. */
  dataBytes?: number;
  /** Begins the segment. */
  data?: string;
}

export function makeElf(options: ElfOptions): Buffer {
  const {machine, bits = 64, endian = 'little', type = 3, interpreter, align = 65536, data = ''} = options;
  const wide = bits === 64;
  const headerBytes = wide ? 64 : 52;
  const entryBytes = wide ? 56 : 32;
  const count = interpreter === undefined ? 1 : 2;
  const text = Buffer.from(interpreter === undefined ? '' : `${interpreter}\0`);
  const textAt = headerBytes + count * entryBytes;
  const dataAt = textAt + text.length;
  const dataBytes = Math.max(options.dataBytes ?? 16, data.length);
  const bytes = Buffer.alloc(dataAt + dataBytes);
  const half = (value: number, at: number) =>
    endian === 'little' ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at);
  const int = (value: number, at: number) =>
    endian === 'little' ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at);
  const word = (value: number, at: number) => {
    if (!wide) int(value, at);
    else if (endian === 'little') bytes.writeBigUInt64LE(BigInt(value), at);
    else bytes.writeBigUInt64BE(BigInt(value), at);
  };
  bytes.write('\x7fELF', 0, 'latin1');
  bytes.set([wide ? 2 : 1, endian === 'little' ? 1 : 2, 1], 4);
  half(type, 16);
  half(machine, 18);
  int(1, 20);
  word(headerBytes, wide ? 32 : 28);
  half(headerBytes, wide ? 52 : 40);
  half(entryBytes, wide ? 54 : 42);
  half(count, wide ? 56 : 44);
  const segment = (at: number, kind: number, offset: number, length: number, alignment: number) => {
    int(kind, at);
    word(offset, at + (wide ? 8 : 4));
    word(length, at + (wide ? 32 : 16));
    word(alignment, at + (wide ? 48 : 28));
  };
  segment(headerBytes, 1, dataAt, dataBytes, align);
  if (interpreter !== undefined) segment(headerBytes + entryBytes, 3, textAt, text.length, 1);
  text.copy(bytes, textAt);
  bytes.write(data, dataAt, 'latin1');
  return bytes;
}
