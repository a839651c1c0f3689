// Reads the rules of this host: nft's, and those of the iptables programs in their own words. Changes nothing.
import {readOptionalFile} from '../../system/optional-file.ts';
import {saveIptables} from '../firewall/iptables.ts';
import {listNftRuleset, type NftObject, printNftRuleset} from '../firewall/nft.ts';
import {readIptables} from './iptables-reader.ts';
import {readNftRuleset} from './nft-reader.ts';
import type {Chain, HostRuleset} from './rule.ts';

/**
 * Costs one `nft`, and one `iptables-save` a family where there are such tables. `words`: the rules of nft in its own
 * words, for one more `nft`. Throws EngineError 'program-missing', 'permission-denied'.
 */
export async function readHostRuleset({words = false} = {}): Promise<HostRuleset> {
  const [objects, listing] = await Promise.all([listNftRuleset(), words ? printNftRuleset() : '']);
  const {chains} = readNftRuleset(objects, listing);
  const saved = await Promise.all(
    (['ip', 'ip6'] as const).flatMap((family) => [
      keptByIptables(objects, family) ? savedChains(family, 'nft') : [],
      hasLegacyTables(family) ? savedChains(family, 'legacy') : [],
    ]),
  );
  const others = saved.flat();
  const isSaved = (chain: Chain) =>
    others.some(
      ({tool, family, table}) => tool === 'iptables' && family === chain.family && table === chain.table,
    );
  return {chains: [...chains.filter((chain) => !isSaved(chain)), ...others]};
}

async function savedChains(family: 'ip' | 'ip6', backend: 'nft' | 'legacy'): Promise<Chain[]> {
  const text = await saveIptables(family, backend);
  return text === undefined
    ? []
    : readIptables(text, family, backend === 'nft' ? 'iptables' : 'iptables-legacy');
}

const builtinChains = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'];
const iptablesTables = ['raw', 'mangle', 'nat', 'filter', 'security'];

// nft itself knows such a table by its names, and says "managed by iptables-nft".
function keptByIptables(objects: readonly NftObject[], family: 'ip' | 'ip6'): boolean {
  return objects.some(
    ({chain}) =>
      chain?.family === family &&
      iptablesTables.includes(String(chain.table)) &&
      builtinChains.includes(String(chain.name)),
  );
}

// The file is there once the kernel has the module, and lists the tables of this network namespace.
function hasLegacyTables(family: 'ip' | 'ip6'): boolean {
  const names = readOptionalFile(`/proc/self/net/${family}_tables_names`);
  return names !== undefined && names.trim() !== '';
}
