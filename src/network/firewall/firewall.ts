// crundle's tables in the kernel: written, changed by elements, and checked. What they hold comes from the records.
import {existsSync, mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {isUnspecified} from '../../addresses/ip-address.ts';
import {type EngineError, isEngineError} from '../../errors.ts';
import {nftGeneration} from '../../system/nft-generation.ts';
import {readOptionalFile} from '../../system/optional-file.ts';
import {forgetConnections} from '../ports/conntrack.ts';
import {
  deleteLines,
  elementOf,
  type PublishElement,
  type PublishedTarget,
  protocolNumbers,
  publishedElements,
  publishScript,
} from '../ports/publish-map.ts';
import {judgedChain} from './family-table.ts';
import {applyNft, listNftTables} from './nft.ts';
import {type FirewallState, ownTables, type PublishPolicy, removalScript, rulesetScript} from './ruleset.ts';

export class Firewall {
  readonly #generationFile: string;
  /** While it is there the tables are not trusted. Only who writes them anew, alone by the networks' lock, takes it away. */
  readonly distrustFile: string;

  /** `runRoot`: where the generation that was last seen whole is kept. */
  constructor(runRoot: string) {
    this.#generationFile = join(runRoot, 'network', 'nft-generation');
    this.distrustFile = join(runRoot, 'network', 'nft-distrusted');
  }

  /**
   * True when the tables are there as they were written under this policy. Nothing but crundle writes to them, so that
   * they are whole as long as they exist. Costs two system calls while nobody has changed any rule of the host, and one
   * `nft` then.
   */
  async isWhole(policy: PublishPolicy): Promise<boolean> {
    const generation = nftGeneration();
    const known = readOptionalFile(this.#generationFile);
    if (existsSync(this.distrustFile)) return false;
    if (generation !== undefined && known === seen(generation, policy)) return true;
    const objects = await listNftTables(ownTables);
    const chains = objects?.filter(({chain}) => chain !== undefined && chain.hook !== undefined) ?? [];
    const rules = objects?.filter(({rule}) => rule !== undefined) ?? [];
    const isJudged = chains.some(({chain}) => chain?.name === judgedChain);
    const isWhole = rules.length > 0 && isJudged === (policy === 'host');
    if (isWhole) this.#remember(generation, policy);
    return isWhole;
  }

  /** Writes all tables anew, in one transaction. The caller holds the networks' lock. */
  async rebuild(state: FirewallState): Promise<void> {
    const before = nftGeneration();
    const hasChanged = readOptionalFile(this.#generationFile)?.endsWith(` ${state.policy}`) === false;
    await applyNft(rulesetScript(state));
    rmSync(this.distrustFile, {force: true});
    // Only where nobody else has changed a rule meanwhile: he may have flushed what was just written.
    const after = nftGeneration();
    if (before !== undefined && after === before + 1) this.#remember(after, state.policy);
    else rmSync(this.#generationFile, {force: true});
    // Connections keep the way that another policy has let them in by.
    forgetStale(state.ports, hasChanged ? state.ports : []);
  }

  /** Has the next command make the tables anew: they may hold what the records do not. */
  distrust(): void {
    this.#write(this.distrustFile, '');
  }

  /** Adds and removes published ports, in one transaction; what is done already is no failure. */
  async publish(add: readonly PublishedTarget[], remove: readonly PublishedTarget[]): Promise<void> {
    if (add.length + remove.length === 0) return;
    const before = nftGeneration();
    const known = readOptionalFile(this.#generationFile);
    try {
      await applyNft(publishScript(add, remove));
      this.#follow(before, known);
    } catch (error) {
      if (!isEngineError(error, 'program-failed')) throw error;
      await this.#publishOver(error, add, remove);
    }
    forgetStale(add, remove);
  }

  /** Removes all tables. Idempotent. */
  async remove(): Promise<void> {
    await applyNft(removalScript());
    for (const file of [this.#generationFile, this.distrustFile]) rmSync(file, {force: true});
  }

  // A key that leads elsewhere was left by a container that ended without its command: the records, which `add` comes
  // from, know better. And where the tables are gone there is nothing to remove.
  async #publishOver(
    error: EngineError,
    add: readonly PublishedTarget[],
    remove: readonly PublishedTarget[],
  ): Promise<void> {
    const objects = await listNftTables(ownTables);
    if (objects === undefined && add.length === 0) return;
    if (objects === undefined) throw error;
    const held = publishedElements(objects);
    const isThere = ({map, key}: PublishElement) => held.has(`${map} ${key}`);
    const isSame = ({map, key, value}: PublishElement) => held.get(`${map} ${key}`) === value;
    const stale = [
      ...remove.map(elementOf).filter(isSame),
      ...add.map(elementOf).filter((element) => isThere(element) && !isSame(element)),
    ];
    await applyNft(stale.map(deleteLines).join('') + publishScript(add, []));
  }

  // What was whole before a change of crundle's own is whole after it, if that was the only change.
  #follow(before: number | undefined, known: string | undefined): void {
    if (before === undefined) return;
    const policy = (['host', 'open'] as const).find((one) => known === seen(before, one));
    const after = nftGeneration();
    if (policy !== undefined && after === before + 1) this.#remember(after, policy);
  }

  // A lost or torn file costs one listing.
  #remember(generation: number | undefined, policy: PublishPolicy): void {
    if (generation !== undefined) this.#write(this.#generationFile, seen(generation, policy));
  }

  #write(path: string, text: string): void {
    mkdirSync(dirname(path), {recursive: true, mode: 0o700});
    writeFileSync(path, text);
  }
}

// The counter starts anew with each boot, which a run root that is not a tmpfs outlives.
function seen(generation: number, policy: PublishPolicy): string {
  const boot = readOptionalFile('/proc/sys/kernel/random/boot_id')?.trim();
  return `${boot} ${generation} ${policy}`;
}

// Connections of a port that is gone must not go on to whoever gets the container's address next. And who has sent
// datagrams to a port before it was published would, while it goes on, never be translated.
function forgetStale(added: readonly PublishedTarget[], removed: readonly PublishedTarget[]): void {
  const datagrams = added.filter(({protocol}) => protocol !== 'tcp');
  if (datagrams.length + removed.length === 0) return;
  forgetConnections((connection) => {
    const {protocol, source, destination, destinationPort, answersFrom, answersFromPort, answersTo} =
      connection;
    const isOfPort = (port: PublishedTarget) =>
      protocolNumbers[port.protocol] === protocol &&
      port.hostPort === destinationPort &&
      (isUnspecified(port.hostIp) || port.hostIp === destination);
    const isUntranslated = answersFrom === destination && answersTo === source && !connection.isAnswered;
    return (
      removed.some(
        (port) => isOfPort(port) && port.targetIp === answersFrom && port.targetPort === answersFromPort,
      ) ||
      (isUntranslated && datagrams.some(isOfPort))
    );
  });
}
