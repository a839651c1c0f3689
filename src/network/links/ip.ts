// ip of iproute2: batches of commands, and listings as values. What the links mean to crundle is not known here.
import {Buffer} from 'node:buffer';
import {EngineError, isEngineError} from '../../errors.ts';
import {runQuickProgram} from '../../system/quick-program.ts';

const install = {install: 'apt install iproute2'};
const reading = {...install, reads: true};

/**
 * Runs one `ip` over commands, without the word `ip`, in order, in this namespace or a named one. Stops at the first
 * failure. Throws EngineError 'program-failed' with the command and the kernel's words, 'program-missing'.
 */
export async function ipBatch(lines: readonly string[], {netns}: {netns?: string} = {}): Promise<void> {
  if (lines.length === 0) return;
  const where = netns === undefined ? [] : ['-n', netns];
  const {status, stderr} = await runQuickProgram('ip', [...where, '-batch', '-'], {
    input: `${lines.join('\n')}\n`,
    okStatuses: [0, 1, 2, 255],
    ...undoOf(lines),
    ...install,
  });
  if (status !== 0) throw batchError(lines, stderr);
}

// A link that is made in another namespace goes with that.
function undoOf(lines: readonly string[]): {undo?: string} {
  const names = lines.flatMap((line) =>
    / netns /.test(line) ? [] : (/^link add (\S+) /.exec(line)?.[1] ?? []),
  );
  return names.length === 0 ? {} : {undo: names.map((name) => `ip link delete ${name}`).join('\n')};
}

/** Pure. `ip` ends with `Command failed -:3`, after the kernel's words. */
export function batchError(lines: readonly string[], stderr: string): EngineError {
  const number = Number(/Command failed -:(\d+)/.exec(stderr)?.[1] ?? 0);
  const reason = stderr
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('Command failed'))
    .join('; ')
    .replace(/^(RTNETLINK answers|Error): /, '');
  const line = lines[number - 1];
  return new EngineError('program-failed', `'ip ${line ?? '-batch'}' failed: ${reason || 'no reason given'}`);
}

const interfaceName = /^(?!\.{1,2}$)[^\s/:#"'\\%]{1,15}$/;

/** What the kernel and a batch of `ip` both take as the name of an interface. */
export function isInterfaceName(text: string): boolean {
  return interfaceName.test(text) && Buffer.byteLength(text) <= 15;
}

/** The name as a word of a batch. Throws EngineError 'invalid-option' for what would be more, or less, than one. */
export function interfaceWord(name: string): string {
  if (isInterfaceName(name)) return name;
  throw new EngineError('invalid-option', `'${name}' cannot be the name of an interface`, {
    hint: "it has at most 15 bytes and no spaces, slashes, colons or quotes; 'ip -br link' lists those of this host",
    exit: 125,
  });
}

/** Free text as a word of a batch, which knows no escapes: what would end it is replaced. */
export function aliasWord(text: string): string {
  return `"${text.replace(/["#\\\p{Cc}]/gu, '_').slice(0, 80)}"`;
}

/** True for a failure because what was to be made is there already. */
export function isFileExists(error: unknown): boolean {
  return isEngineError(error, 'program-failed') && /file exists/i.test(error.message);
}

export interface Link {
  name: string;
  mtu: number;
  mac: string;
  alias: string | undefined;
  /** The bridge that it is a port of. */
  master: string | undefined;
  isUp: boolean;
  kind: string | undefined;
  /** `10.0.0.1/24`, both families. */
  addresses: string[];
}

/** The links of this namespace with their addresses, or one of them: then none when it is not there. */
export async function listLinks(name?: string): Promise<Link[]> {
  const which = name === undefined ? [] : ['show', 'dev', name];
  const {status, stdout, stderr} = await runQuickProgram('ip', ['-j', '-d', 'addr', ...which], {
    okStatuses: [0, 1],
    ...reading,
  });
  if (status !== 0 && /does not exist/.test(stderr)) return [];
  return readList(stdout).map(readLink);
}

function readLink(link: Record<string, unknown>): Link {
  const info = link.linkinfo as Record<string, unknown> | undefined;
  const flags = Array.isArray(link.flags) ? link.flags : [];
  const addresses = Array.isArray(link.addr_info) ? (link.addr_info as Record<string, unknown>[]) : [];
  return {
    name: String(link.ifname),
    mtu: Number(link.mtu),
    mac: String(link.address),
    alias: typeof link.ifalias === 'string' ? link.ifalias : undefined,
    master: typeof link.master === 'string' ? link.master : undefined,
    isUp: flags.includes('UP'),
    kind: typeof info?.info_kind === 'string' ? info.info_kind : undefined,
    addresses: addresses.map(({local, prefixlen}) => `${local}/${prefixlen}`),
  };
}

export interface Route {
  /** `default`, or an address with or without a prefix. */
  destination: string;
  device: string | undefined;
}

/** Every route of this namespace, of all tables and both families. */
export async function listRoutes(): Promise<Route[]> {
  const families = await Promise.all(['-4', '-6'].map((family) => routesOf(family)));
  return families.flat();
}

async function routesOf(family: string): Promise<Route[]> {
  const {stdout} = await runQuickProgram('ip', ['-j', family, 'route', 'show', 'table', 'all'], reading);
  return readList(stdout).map(({dst, dev}) => ({
    destination: String(dst),
    device: typeof dev === 'string' ? dev : undefined,
  }));
}

// `ip -j` writes nothing at all for an empty list.
function readList(text: string): Record<string, unknown>[] {
  const list: unknown = text.trim() === '' ? [] : JSON.parse(text);
  if (!Array.isArray(list)) throw new EngineError('program-failed', `ip answered with no list: ${text}`);
  return (list as Record<string, unknown>[]).filter((entry) => Object.keys(entry).length > 0);
}
