// crundle's tables in the kernel: written, changed by elements, and checked. What they hold comes from the records.
import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {nftGeneration} from '../system/nft-generation.ts';
import {readOptionalFile} from '../system/optional-file.ts';
import {applyNft, listNftTables} from './nft.ts';
import {type PublishedTarget, publishScript} from './publish-map.ts';
import {type FirewallState, ownTables, removalScript, rulesetScript} from './ruleset.ts';

export class Firewall {
  readonly #generationFile: string;

  /** `runRoot`: where the generation that was last seen whole is kept. */
  constructor(runRoot: string) {
    this.#generationFile = join(runRoot, 'network', 'nft-generation');
  }

  /**
   * True when the tables are there as they were written. Nothing but crundle writes to them, so that they are whole as
   * long as they exist. Costs two system calls while nobody has changed any rule of the host, and one `nft` then.
   */
  async isWhole(): Promise<boolean> {
    const generation = nftGeneration();
    if (generation !== undefined && readOptionalFile(this.#generationFile) === String(generation))
      return true;
    const objects = await listNftTables(ownTables);
    const chains = objects?.filter(({chain}) => chain !== undefined && chain.hook !== undefined) ?? [];
    const rules = objects?.filter(({rule}) => rule !== undefined) ?? [];
    const isWhole = chains.length > 0 && rules.length > 0;
    if (isWhole) this.#remember(generation);
    return isWhole;
  }

  /** Writes all tables anew, in one transaction. The caller holds the networks' lock. */
  async rebuild(state: FirewallState): Promise<void> {
    await applyNft(rulesetScript(state));
    this.#remember(nftGeneration());
  }

  /** Adds and removes published ports, in one transaction; what is done already is no failure. */
  async publish(add: readonly PublishedTarget[], remove: readonly PublishedTarget[]): Promise<void> {
    if (add.length + remove.length === 0) return;
    await applyNft(publishScript(add, remove));
  }

  /** Removes all tables. Idempotent. */
  async remove(): Promise<void> {
    await applyNft(removalScript());
    rmSync(this.#generationFile, {force: true});
  }

  // A lost or torn file costs one listing.
  #remember(generation: number | undefined): void {
    if (generation === undefined) return;
    mkdirSync(join(this.#generationFile, '..'), {recursive: true, mode: 0o700});
    writeFileSync(this.#generationFile, String(generation));
  }
}
