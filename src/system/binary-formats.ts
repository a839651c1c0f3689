// What this kernel executes beside its own programs: other formats by their first bytes or the end of their name
// (binfmt_misc), 32-bit programs; and the size of its pages. See Documentation/admin-guide/binfmt-misc.rst.
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {LibcError, mount, runs32BitArm} from './libc.ts';
import {buildPrivateMounts} from './mount-namespace.ts';

/** A registered handler that is in force. */
export interface BinaryFormat {
  name: string;
  interpreter: string;
  /** Opened when it was registered (flag F), so that the container need not have the interpreter. */
  fixed: boolean;
  /** Of files whose name ends so, without the dot; otherwise by the bytes. */
  extension?: string;
  offset: number;
  magic: Buffer;
  mask: Buffer | undefined;
}

const folder = '/proc/sys/fs/binfmt_misc';

/**
 * All that are in force; none where the kernel has no binfmt_misc, undefined where they cannot be seen. Throws Node.js's
 * errors.
 */
export function readBinaryFormats(): BinaryFormat[] | undefined {
  if (existsSync(`${folder}/status`)) return readFormats();
  // Registered ones work whether or not somebody can see them.
  try {
    using mounted = buildPrivateMounts(() => {
      mount('binfmt_misc', folder, 'binfmt_misc', 0n);
      return readFormats();
    });
    return mounted.value;
  } catch (error) {
    if (!(error instanceof LibcError)) throw error;
    return error.code === 'ENODEV' || error.code === 'ENOENT' ? [] : undefined;
  }
}

function readFormats(): BinaryFormat[] {
  if (readFileSync(`${folder}/status`, 'latin1').trim() !== 'enabled') return [];
  return readdirSync(folder)
    .filter((name) => name !== 'register' && name !== 'status')
    .flatMap((name) => parseBinaryFormat(name, readFileSync(`${folder}/${name}`, 'latin1')) ?? []);
}

/** What the kernel shows of one handler; undefined when it is off. Pure. */
export function parseBinaryFormat(name: string, text: string): BinaryFormat | undefined {
  const lines = text.split('\n');
  if (lines[0] !== 'enabled') return undefined;
  const field = (key: string) => lines.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1);
  const mask = field('mask');
  const extension = field('extension');
  return {
    name,
    interpreter: field('interpreter') ?? '',
    fixed: /^flags: .*F/m.test(text),
    ...(extension !== undefined && {extension: extension.replace(/^\./, '')}),
    offset: Number(field('offset') ?? 0),
    magic: Buffer.from(field('magic') ?? '', 'hex'),
    mask: mask === undefined ? undefined : Buffer.from(mask, 'hex'),
  };
}

/** The handler that takes a file, the kernel's first choice. Pure. */
export function formatFor(
  formats: readonly BinaryFormat[],
  {path, start}: {path: string; start: Buffer},
): BinaryFormat | undefined {
  return formats.find(({extension, offset, magic, mask}) => {
    if (extension !== undefined) return path.endsWith(`.${extension}`);
    if (magic.length === 0 || start.length < offset + magic.length) return false;
    return magic.every((byte, at) => (((start[offset + at] ?? 0) ^ byte) & (mask?.[at] ?? 0xff)) === 0);
  });
}

/** True when this machine runs programs of another architecture without an interpreter. GOARCH's words. */
export function runsNatively(architecture: string, host: string): boolean {
  if (architecture === host) return true;
  if (architecture === 'arm' && host === 'arm64') return runs32BitArm();
  return architecture === '386' && host === 'amd64' && existsSync('/proc/sys/abi/vsyscall32');
}

const AT_PAGESZ = 6n;

/** Of the pages of this kernel's memory. */
export function readPageSize(): number {
  const auxv = readFileSync('/proc/self/auxv');
  for (let at = 0; at + 16 <= auxv.length; at += 16) {
    if (auxv.readBigUInt64LE(at) === AT_PAGESZ) return Number(auxv.readBigUInt64LE(at + 8));
  }
  return 4096;
}
