// The words for what a look at a program has found: the same before it is run, after its start has failed, and at a pull. Pure.
import {EngineError, type ErrorCode} from '../errors.ts';
import type {Finding, Machine} from './preflight.ts';

export interface ProgramReport {
  /** Why it cannot run: 'command-not-executable' (exit 126) or 'command-not-found' (127). */
  refusal: EngineError | undefined;
  /** What may keep it from running. */
  warnings: string[];
}

interface Words {
  /** Begins with the path. */
  text: string;
  hint: string;
}

/** For a command that is about to be run, or that could not be. */
export function reportForRun(
  findings: readonly Finding[],
  {command, architecture}: {command: string; architecture: string},
): ProgramReport {
  const warnings: string[] = [];
  let refusal: EngineError | undefined;
  for (const finding of findings) {
    const {text, hint} = wordsOf(finding, architecture);
    if (isWarning(finding)) warnings.push(`${text}; ${hint}`);
    else refusal ??= refusalOf(finding, {command, text, hint});
  }
  return {refusal, warnings};
}

/** For an image that was pulled: 'platform-mismatch' where it is not what it says, 'image-damaged'; all else may be wanted. */
export function reportForPull(
  findings: readonly Finding[],
  {image, architecture}: {image: string; architecture: string},
): ProgramReport {
  const warnings: string[] = [];
  let refusal: EngineError | undefined;
  for (const finding of findings) {
    const {text, hint} = wordsOf(finding, architecture);
    const code = pullCodes[finding.kind];
    if (code === undefined) warnings.push(`${image}: ${text}; ${hint}`);
    else refusal ??= new EngineError(code, `${image}: ${text}`, {hint});
  }
  return {refusal, warnings};
}

const pullCodes: Partial<Record<Finding['kind'], ErrorCode>> = {
  empty: 'image-damaged',
  damaged: 'image-damaged',
  contradiction: 'platform-mismatch',
};

function isWarning({kind}: Finding): boolean {
  return kind === 'carriage-return' || kind === 'small-pages' || kind === 'allocator';
}

function refusalOf(finding: Finding, {command, text, hint}: Words & {command: string}): EngineError {
  const isMissing = finding.kind === 'no-loader' || finding.kind === 'no-interpreter';
  const why = isMissing ? 'no such file or directory' : 'exec format error';
  return new EngineError(
    isMissing ? 'command-not-found' : 'command-not-executable',
    `exec: "${command}": ${why}: ${text}`,
    {hint, exit: isMissing ? 127 : 126},
  );
}

function wordsOf(finding: Finding, architecture: string): Words {
  const {path} = finding;
  switch (finding.kind) {
    case 'empty':
      return {text: `${path} is empty`, hint: damageHint};
    case 'damaged':
      return {text: `${path} is damaged: ${finding.reason}`, hint: damageHint};
    case 'foreign':
      return {
        text: `${path} is for ${named(finding.machine)}, and this machine runs ${architecture}`,
        hint: `take the image for linux/${architecture} (--platform), or have it emulated: apt install qemu-user-static`,
      };
    case 'no-emulator':
      return {
        text: `${path} is for ${named(finding.machine)}, and its emulator ${finding.interpreter} is not in the container`,
        hint: `register ${finding.format} with the flag F: apt install --reinstall qemu-user-static`,
      };
    case 'contradiction':
      return {
        text: `${path} is for ${named(finding.machine)}, but the image says that it is for ${finding.declared}`,
        hint: `it was built wrongly: ask for one that was built for linux/${finding.declared}`,
      };
    case 'no-loader':
      return {
        text: `${path} needs the loader ${finding.loader}, which is not there`,
        hint: loaderHint(finding.loader),
      };
    case 'no-interpreter':
      return interpreterWords(finding);
    case 'unknown-format':
      return finding.isText
        ? {
            text: `${path} is text without a #! line`,
            hint: "let its first line be #!/bin/sh, or run it as 'sh FILE'",
          }
        : {text: `${path} is no program that this kernel knows`, hint: damageHint};
    case 'carriage-return':
      return {text: `the first line of ${path} ends as under Windows (\\r\\n)`, hint: carriageReturnHint};
    case 'small-pages':
      return {
        text: `${path} is laid out for pages of ${kibibytes(finding.alignBytes)}, and this kernel has pages of ${kibibytes(finding.pageBytes)}`,
        hint: pagesHint,
      };
    case 'allocator':
      return {
        text: `${path} uses ${finding.allocator}, which is often built for pages of 4 KiB, and this kernel has pages of ${kibibytes(finding.pageBytes)}`,
        hint: `if it ends with 'Unsupported system page size', ${pagesHint}`,
      };
  }
}

const damageHint =
  "it was built so, or damaged since: remove the image with 'crundle rmi' and pull it again, or build it again";
const carriageReturnHint = "write the file with \\n at the end of lines: sed -i 's/\\r$//' FILE";
const pagesHint = 'use a kernel with pages of 4 KiB (on a Raspberry Pi 5: kernel=kernel8.img in config.txt)';

function interpreterWords({path, interpreter}: {path: string; interpreter: string}): Words {
  if (interpreter.endsWith('\r')) {
    const name = interpreter.slice(0, -1);
    return {
      text: `the first line of ${path} ends as under Windows (\\r\\n), so that its interpreter would be '${name}\\r'`,
      hint: carriageReturnHint,
    };
  }
  if (interpreter === '')
    return {text: `${path} names no interpreter after its #!`, hint: 'write one there, such as #!/bin/sh'};
  return {
    text: `${path} needs the interpreter ${interpreter}, which is not there`,
    hint: `install it in the image, or let the first line of ${path} name another one`,
  };
}

function loaderHint(loader: string): string {
  if (loader.includes('ld-musl'))
    return 'it was built for Alpine (musl): use an image with musl, or build it for glibc';
  if (loader.includes('ld-linux'))
    return 'it was built for glibc: use an image with glibc (Debian, Ubuntu) in place of Alpine or scratch, or link it statically';
  return 'add the loader to the image, or link the program statically';
}

function named({architecture, name}: Machine): string {
  return `${architecture} (${name})`;
}

function kibibytes(bytes: number): string {
  return `${bytes / 1024} KiB`;
}
