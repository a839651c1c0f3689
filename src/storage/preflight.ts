// Looks at a program before it is run: what the kernel would refuse without a word of why, or would run and then fail.
// Findings are values; preflight-words.ts has the words. Follows scripts to their interpreters, and programs to their loader.
import {type BinaryFormat, formatFor, runsNatively} from '../system/binary-formats.ts';
import {type ElfFile, machineOf} from './elf.ts';
import {type Executable, fileHolds, findProgram, type ProgramRequest, readExecutable} from './executable.ts';
import type {FileTree} from './file-tree.ts';

export interface Machine {
  /** GOARCH's word. */
  architecture: string;
  name: string;
}

/** What keeps a program from running, for sure, or may. `path` is the file that it is about. */
export type Finding =
  | {kind: 'empty'; path: string}
  | {kind: 'damaged'; path: string; reason: string}
  | {kind: 'foreign'; path: string; machine: Machine}
  | {kind: 'no-emulator'; path: string; machine: Machine; format: string; interpreter: string}
  | {kind: 'contradiction'; path: string; machine: Machine; declared: string}
  | {kind: 'no-loader'; path: string; loader: string}
  | {kind: 'no-interpreter'; path: string; interpreter: string}
  | {kind: 'unknown-format'; path: string; isText: boolean}
  | {kind: 'carriage-return'; path: string}
  | {kind: 'small-pages'; path: string; alignBytes: number; pageBytes: number}
  | {kind: 'allocator'; path: string; allocator: string; pageBytes: number};

export interface PreflightHost {
  /** GOARCH's word for this machine. */
  architecture: string;
  pageBytes: number;
  /** Asked for only where something foreign is found. Undefined: nobody can tell, and nothing is found foreign. */
  formats(): readonly BinaryFormat[] | undefined;
}

export interface PreflightRequest extends ProgramRequest {
  /** The architecture that the image says it is for. Absent: whatever runs here will do. */
  declared?: string;
}

const maxInterpreters = 5;
const wasm = Buffer.from('\0asm', 'latin1');

/** Empty when the program will begin, and when it is not found: the runtime says that itself. Throws the errors of system calls. */
export function preflight(tree: FileTree, request: PreflightRequest, host: PreflightHost): Finding[] {
  const program = findProgram(tree, request);
  return program === undefined ? [] : new Preflight(tree, request, host).of(program, 0);
}

class Preflight {
  readonly #tree: FileTree;
  readonly #request: PreflightRequest;
  readonly #host: PreflightHost;

  constructor(tree: FileTree, request: PreflightRequest, host: PreflightHost) {
    this.#tree = tree;
    this.#request = request;
    this.#host = host;
  }

  of(program: Executable, depth: number): Finding[] {
    const {path, content} = program;
    switch (content.kind) {
      case 'empty':
        return [{kind: 'empty', path}];
      case 'damaged-elf':
        return [{kind: 'damaged', path, reason: content.reason}];
      case 'elf':
        return this.#ofElf(program, content.elf);
      case 'script':
        return this.#ofScript(program, content, depth);
      default:
        return this.#isTaken(program)
          ? []
          : [{kind: 'unknown-format', path, isText: content.kind === 'text'}];
    }
  }

  // Some runtimes run WebAssembly themselves.
  #isTaken(program: Executable): boolean {
    if (program.start.subarray(0, 4).equals(wasm)) return true;
    const formats = this.#host.formats();
    return formats === undefined || formatFor(formats, program) !== undefined;
  }

  #ofScript(
    {path}: Executable,
    {interpreter, argument}: {interpreter: string; argument: string | undefined},
    depth: number,
  ): Finding[] {
    const found = interpreter.startsWith('/') ? readExecutable(this.#tree, interpreter) : undefined;
    if (found === undefined)
      return interpreter.startsWith('/') || interpreter === '' || interpreter === '\r'
        ? [{kind: 'no-interpreter', path, interpreter}]
        : [];
    const own: Finding[] = argument?.endsWith('\r') ? [{kind: 'carriage-return', path}] : [];
    return depth === maxInterpreters ? own : [...own, ...this.of(found, depth + 1)];
  }

  #ofElf(program: Executable, elf: ElfFile): Finding[] {
    const damage = this.#damageOf(program, elf);
    if (damage) return [damage];
    const loader = elf.interpreter === undefined ? undefined : readExecutable(this.#tree, elf.interpreter);
    if (elf.interpreter !== undefined && loader === undefined)
      return [
        ...this.#machineFindings(program, elf),
        {kind: 'no-loader', path: program.path, loader: elf.interpreter},
      ];
    const loaderElf = loader?.content.kind === 'elf' ? loader.content.elf : undefined;
    const files = [{file: program, elf}, ...(loader && loaderElf ? [{file: loader, elf: loaderElf}] : [])];
    return files.flatMap((one) => [
      ...this.#machineFindings(one.file, one.elf),
      ...this.#pageFindings(one.file, one.elf),
    ]);
  }

  #damageOf({path, sizeBytes}: Executable, {neededBytes, type}: ElfFile): Finding | undefined {
    if (sizeBytes < neededBytes)
      return {
        kind: 'damaged',
        path,
        reason: `it is cut short: ${sizeBytes} bytes of at least ${neededBytes}`,
      };
    if (type === 2 || type === 3) return undefined;
    return {
      kind: 'damaged',
      path,
      reason: type === 1 ? 'it is an object file that was not linked' : 'it is no program',
    };
  }

  #machineFindings(file: Executable, elf: ElfFile): Finding[] {
    const {path} = file;
    const {declared} = this.#request;
    const machine = machineOf(elf);
    if (declared !== undefined && !isForArchitecture(machine.architecture, declared))
      return [{kind: 'contradiction', path, machine, declared}];
    if (runsNatively(machine.architecture, this.#host.architecture)) return [];
    const formats = this.#host.formats();
    if (formats === undefined) return [];
    const format = formatFor(formats, file);
    if (format === undefined) return [{kind: 'foreign', path, machine}];
    if (format.fixed || readExecutable(this.#tree, format.interpreter)) return [];
    return [{kind: 'no-emulator', path, machine, format: format.name, interpreter: format.interpreter}];
  }

  // An emulator has pages of its own.
  #pageFindings({path}: Executable, elf: ElfFile): Finding[] {
    const {pageBytes, architecture} = this.#host;
    if (!runsNatively(machineOf(elf).architecture, architecture)) return [];
    const findings: Finding[] = [];
    if (elf.align > 0 && elf.align < pageBytes)
      findings.push({kind: 'small-pages', path, alignBytes: elf.align, pageBytes});
    if (pageBytes > 4096 && fileHolds(this.#tree, path, jemalloc))
      findings.push({kind: 'allocator', path, allocator: 'jemalloc', pageBytes});
    return findings;
  }
}

// In the code where it is linked in, and else as the name of the library. Where it stands is no secret: within the first megabytes.
const jemalloc = {texts: ['<jemalloc>', 'libjemalloc.so'], maxBytes: 32 * 1024 * 1024};

// 32-bit programs are part of many an image for the 64-bit processors of the same family.
function isForArchitecture(architecture: string, declared: string): boolean {
  if (architecture === declared) return true;
  return (architecture === 'arm' && declared === 'arm64') || (architecture === '386' && declared === 'amd64');
}
