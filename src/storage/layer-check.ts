// Compares a layer's folder with what was written down when it was made. Changes nothing.
import {lstatSync} from 'node:fs';
import {join} from 'node:path';
import {errnoOf} from '../errors.ts';
import type {ByteString} from './byte-string.ts';
import {CheckPace, type PaceOptions} from './check-pace.ts';
import {digestOnDisk} from './content-digest.ts';
import {describeDifference, splitDigest} from './entry-difference.ts';
import {entryLine} from './entry-line.ts';
import {filesFolder} from './layer-folder.ts';
import {joinPath, splitPath} from './layer-name.ts';
import {LayerProblems} from './layer-problems.ts';
import {isWholeRecord, readLayerRecord} from './layer-record.ts';
import {type WalkedEntry, walkLayer} from './layer-walk.ts';
import {readManifest} from './manifest-reader.ts';
import {parseMtreeLine} from './mtree.ts';

export interface LayerCheckOptions extends PaceOptions {
  /** Read the content of every file too. */
  deep: boolean;
}

export interface LayerReport {
  /**
   * `unproven`: made by a version that wrote no manifest, and as far as can be seen whole. `missing`: there is no such folder.
   */
  state: 'whole' | 'damaged' | 'missing' | 'unproven';
  /** The first of the problems. */
  problems: string[];
  /** How many there are. */
  count: number;
}

/** Checks the layer that should be in `folder`. Throws EngineError 'cancelled'; what cannot be read is a problem of the layer. */
export async function checkLayer(
  folder: string,
  chainId: string,
  options: LayerCheckOptions,
): Promise<LayerReport> {
  if (!lstatSync(folder, {throwIfNoEntry: false})) {
    return {state: 'missing', problems: ['it is not there'], count: 1};
  }
  const problems = new LayerProblems();
  const isProven = await compareAll(folder, chainId, options, problems).catch((error: unknown) => {
    if (errnoOf(error) === undefined) throw error;
    problems.add(`it cannot be read: ${error instanceof Error ? error.message : error}`);
    return true;
  });
  const state = problems.count > 0 ? 'damaged' : isProven ? 'whole' : 'unproven';
  return {state, problems: problems.named, count: problems.count};
}

/** False for a layer without a manifest. */
async function compareAll(
  folder: string,
  chainId: string,
  options: LayerCheckOptions,
  problems: LayerProblems,
): Promise<boolean> {
  const record = await readLayerRecord(folder);
  if (!(record && (await isWholeRecord(folder)))) problems.add('its layer.json is damaged or missing');
  else if (record.chainId !== chainId) problems.add(`its layer.json is that of ${record.chainId}`);
  if (!lstatSync(join(folder, filesFolder), {throwIfNoEntry: false})?.isDirectory()) {
    problems.add('the folder of its files is missing');
    return true;
  }
  if (problems.count > 0) return true;
  if (record?.manifest === undefined) return false;
  const found = new LayerProblems();
  const digest = await new Comparison(folder, options, found).run();
  if (digest !== record.manifest) problems.add('its manifest is damaged or missing');
  else {
    problems.count += found.count;
    problems.named.push(...found.named);
  }
  return true;
}

class Comparison {
  readonly #deep: boolean;
  readonly #pace: CheckPace;
  readonly #problems: LayerProblems;
  readonly #lines: Generator<string | undefined, string>;
  readonly #entries: Generator<WalkedEntry | undefined>;
  /** By inode, of files with several names. */
  readonly #digests = new Map<bigint, string>();
  #digest = '';
  #line: string | undefined;
  #entry: WalkedEntry | undefined;
  #hasEnded = false;

  constructor(folder: string, options: LayerCheckOptions, problems: LayerProblems) {
    this.#deep = options.deep;
    this.#pace = new CheckPace(options);
    this.#problems = problems;
    this.#lines = readManifest(folder);
    this.#entries = walkLayer(join(folder, filesFolder));
  }

  /** Returns the digest of the manifest as it is; '' when there is none. */
  async run(): Promise<string> {
    try {
      this.#nextLine();
      this.#nextEntry();
      await this.#compareFolders();
      // What a damaged manifest has more.
      while (!this.#hasEnded) this.#nextLine();
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || this.#line !== undefined) throw error;
    }
    return this.#digest;
  }

  // Both are in the same order, and tell where a folder ends.
  async #compareFolders(): Promise<void> {
    let folder: ByteString = '';
    let depth = 0;
    do {
      const [line, entry] = [this.#line, this.#entry];
      if (line === undefined && entry === undefined) {
        depth--;
        folder = splitPath(folder).folder;
        this.#nextLine();
        this.#nextEntry();
        continue;
      }
      const wanted = line === undefined ? undefined : parseMtreeLine(line).name;
      const found = entry && (depth === 0 ? '.' : splitPath(entry.name).base);
      if (wanted !== undefined && (found === undefined || wanted < found)) {
        this.#problems.addEntry(joinPath(folder, wanted), 'is missing');
        this.#skipLines();
      } else if (entry && wanted !== found) {
        this.#problems.addEntry(entry.name, 'does not belong to the layer');
        this.#skipEntries();
      } else if (line !== undefined && entry) {
        await this.#compare(line, entry);
        const [isFolder, isFolderNow] = [isFolderLine(line), entry.stat.isDirectory()];
        if (isFolder && isFolderNow) {
          depth++;
          folder = entry.name;
          this.#nextLine();
          this.#nextEntry();
        } else {
          this.#skipLines();
          this.#skipEntries();
        }
      }
    } while (depth > 0 && !this.#hasEnded);
  }

  async #compare(line: string, entry: WalkedEntry): Promise<void> {
    const {facts, digest} = splitDigest(line);
    const now = entryLine(entry, {withXattrs: true});
    if (now !== facts) this.#problems.addEntry(entry.name, describeDifference(facts, now));
    else if (this.#deep && digest !== undefined && (await this.#contentOf(entry)) !== digest) {
      this.#problems.addEntry(entry.name, 'its content differs');
    }
    await this.#pace.step({entries: 1, bytes: 0});
  }

  async #contentOf({path, stat}: WalkedEntry): Promise<string> {
    const known = this.#digests.get(stat.ino);
    if (known !== undefined) return known;
    const digest = await this.#readContent(path);
    if (stat.nlink > 1n) this.#digests.set(stat.ino, digest);
    return digest;
  }

  // A disk that cannot read a block is why somebody checks.
  async #readContent(path: string | Buffer): Promise<string> {
    try {
      return await digestOnDisk(path, (bytes) => this.#pace.step({entries: 0, bytes}));
    } catch (error) {
      const reason = errnoOf(error);
      if (reason === undefined) throw error;
      return reason;
    }
  }

  #nextLine(): void {
    const next = this.#lines.next();
    this.#line = next.done ? undefined : next.value;
    if (!next.done) return;
    this.#digest = next.value;
    this.#hasEnded = true;
  }

  #nextEntry(): void {
    const next = this.#entries.next();
    this.#entry = next.done ? undefined : next.value;
  }

  /** Past this line and, for a folder, what is in it. */
  #skipLines(): void {
    let depth = 0;
    do {
      if (this.#line === undefined) depth--;
      else if (isFolderLine(this.#line)) depth++;
      this.#nextLine();
    } while (depth > 0 && !this.#hasEnded);
  }

  #skipEntries(): void {
    let depth = 0;
    do {
      if (this.#entry === undefined) depth--;
      else if (this.#entry.stat.isDirectory()) depth++;
      this.#nextEntry();
    } while (depth > 0);
  }
}

function isFolderLine(line: string): boolean {
  return line.includes(' type=dir ');
}
