// The nft program: applies scripts, each as one transaction of the kernel, and lists tables. Knows nothing of what the
// rules mean.
import {EngineError, isEngineError} from '../../errors.ts';
import {runQuickProgram} from '../../system/quick-program.ts';

const install = 'install it with: apt install nftables';

/** A table's family and name, such as `inet crundle`. */
export type NftTable = string & {readonly NftTable?: never};

/** One object of nft's JSON: `{rule: {...}}`, `{set: {...}}`. See libnftables-json(5). */
export type NftObject = Record<string, Record<string, unknown>>;

/**
 * Applies a script: all of it or, on failure, nothing. Throws EngineError 'program-missing', 'permission-denied', or
 * 'program-failed' with nft's own words.
 */
export async function applyNft(script: string): Promise<void> {
  await nft(['-f', '-'], script, 'cannot change the packet filter');
}

/** The objects of these tables, or undefined when one of them does not exist. Throws EngineError as applyNft. */
export async function listNftTables(tables: readonly NftTable[]): Promise<NftObject[] | undefined> {
  try {
    // One call a table: nft 1.0.6 reads only one into its cache. Not from standard input either: for JSON it opens
    // /dev/stdin by name, and Node.js's pipes are sockets, which cannot be opened so.
    const texts = await Promise.all(
      tables.map((table) => list(['-j', 'list', 'table', ...table.split(' ')])),
    );
    return texts.flatMap(parseNftJson);
  } catch (error) {
    if (isEngineError(error, 'program-failed') && isNoSuchObject(error)) return undefined;
    throw error;
  }
}

/** Every object of this network namespace, of whatever table. Throws EngineError as applyNft. */
export async function listNftRuleset(): Promise<NftObject[]> {
  return parseNftJson(await list(['-j', 'list', 'ruleset']));
}

/** The same in nft's own words, each object with its handle in a comment. */
export async function printNftRuleset(): Promise<string> {
  return await list(['-a', 'list', 'ruleset']);
}

/** True for the error of a script that names a table, chain, set or element which is not there. */
function isNoSuchObject(error: EngineError): boolean {
  return error.message.includes('No such file or directory');
}

function list(args: readonly string[]): Promise<string> {
  return nft(args, undefined, 'cannot read the packet filter');
}

async function nft(args: readonly string[], script: string | undefined, failure: string): Promise<string> {
  try {
    const what = script === undefined ? {reads: true} : {input: script};
    return (await runQuickProgram('nft', args, {install, ...what})).stdout;
  } catch (error) {
    if (!isEngineError(error, 'program-failed')) throw error;
    if (error.message.includes('Operation not permitted')) {
      throw new EngineError('permission-denied', `${failure}: the kernel does not permit it`, {
        hint: 'run this as root, with CAP_NET_ADMIN',
        cause: error,
      });
    }
    throw new EngineError('program-failed', `${failure}: ${reasonOf(error.message)}`, {cause: error});
  }
}

// nft prints `/dev/stdin:LINE:COLUMNS: Error: REASON`, the line, and carets below it, for every error.
function reasonOf(text: string): string {
  const [, reason, line] = /Error: (.+)\n([^\n]*)/.exec(text) ?? [];
  return reason === undefined ? text : `${reason} (${(line ?? '').trim().slice(0, 160)})`;
}

/** The objects of one or several JSON documents, one a line. */
function parseNftJson(text: string): NftObject[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line) => {
      const document: unknown = JSON.parse(line);
      if (!isRecord(document) || !Array.isArray(document.nftables)) {
        throw new EngineError('program-failed', 'nft printed JSON without the list of its objects');
      }
      return document.nftables.filter(isNftObject);
    });
}

function isNftObject(value: unknown): value is NftObject {
  return isRecord(value) && Object.values(value).every(isRecord);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
