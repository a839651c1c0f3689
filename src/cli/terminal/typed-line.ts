// Lines that a person types, and passwords, which the terminal does not show.
import {readSync} from 'node:fs';
import {EngineError, errnoOf} from '../../errors.ts';
import {writeOut} from '../output/standard-streams.ts';
import {enterRawMode} from './raw-terminal.ts';

/** The next line of standard input, byte by byte: what comes after it is left for others. Empty at its end. */
export function readLine(): string {
  const byte = Buffer.alloc(1);
  const bytes: number[] = [];
  while (readByte(byte) && byte[0] !== lineFeed) bytes.push(byte[0] ?? 0);
  return Buffer.from(bytes).toString();
}

const lineFeed = 0x0a;

function readByte(byte: Buffer): boolean {
  try {
    return readSync(0, byte) === 1;
  } catch (error) {
    if (errnoOf(error) === 'EOF' || errnoOf(error) === 'EAGAIN') return false;
    throw error;
  }
}

export function promptLine(question: string): string {
  writeOut(question);
  return readLine().trim();
}

/** Asks without showing what is typed. ctrl-C throws EngineError 'cancelled'. */
export async function promptSecret(question: string): Promise<string> {
  writeOut(question);
  const restore = enterRawMode();
  const line = new SecretLine();
  await new Promise<void>((resolve) => {
    const take = (chunk: Uint8Array) => line.take(chunk) && end();
    const end = () => {
      process.stdin.off('data', take).off('end', end).pause();
      resolve();
    };
    process.stdin.on('data', take).once('end', end);
  });
  restore();
  writeOut('\n');
  if (line.isCancelled) {
    process.exitCode = 130;
    throw new EngineError('cancelled', 'interrupted');
  }
  return line.text.trim();
}

/** The keys of a line that is not shown, as they come in raw mode. Pure. */
export class SecretLine {
  isCancelled = false;
  #bytes: number[] = [];

  get text(): string {
    return Buffer.from(this.#bytes).toString();
  }

  /** True when the line has ended. */
  take(chunk: Uint8Array): boolean {
    for (const byte of chunk) {
      if (byte === key.return || byte === lineFeed || byte === key.ctrlD) return true;
      if (byte === key.ctrlC) {
        this.isCancelled = true;
        return true;
      }
      if (byte === key.backspace || byte === key.ctrlH) this.#dropCharacter();
      else if (byte === key.ctrlU) this.#bytes = [];
      else this.#bytes.push(byte);
    }
    return false;
  }

  #dropCharacter(): void {
    // The continuation bytes of UTF-8 go with the first one.
    while (((this.#bytes.at(-1) ?? 0) & 0xc0) === 0x80) this.#bytes.pop();
    this.#bytes.pop();
  }
}

const key = {ctrlC: 3, ctrlD: 4, ctrlH: 8, return: 0x0d, ctrlU: 0x15, backspace: 0x7f} as const;
