// For `publish-policy: open` alone: one accepting rule a bridge and direction at the head of those forward chains of the
// host that could refuse, marked by its comment, so that publishing works as under Docker. Nothing else of the host's
// rules is ever changed by crundle.
import {changeIptables} from '../firewall/iptables.ts';
import {applyNft, listNftRuleset, type NftObject} from '../firewall/nft.ts';
import {readHostRuleset} from './host-ruleset.ts';
import type {Chain} from './rule.ts';

export const openForwardMark = 'crundle: publish-policy open';

/** `bridges`: whole names, or with `*` at the end. Idempotent: rules of before are replaced. Caller holds the networks' lock. */
export async function openForward(bridges: readonly string[]): Promise<void> {
  await closeForward();
  const {chains} = await readHostRuleset();
  const targets = chains.filter((chain) => chain.base?.hook === 'forward' && canRefuse(chain, chains));
  const nft = targets.filter(({tool}) => tool === 'nft');
  const lines = nft.flatMap(({family, table, name}) =>
    bridges.flatMap((bridge) =>
      ['iifname', 'oifname'].map(
        (key) =>
          `insert rule ${family} ${table} ${name} ${key} "${bridge}" accept comment "${openForwardMark}"\n`,
      ),
    ),
  );
  if (lines.length > 0) await applyNft(lines.join(''));
  for (const chain of targets.filter(({tool}) => tool !== 'nft')) {
    for (const rule of iptablesRules(bridges)) await changeIptables(chain, ['-I', chain.name, ...rule]);
  }
}

/** Takes back what openForward has put, wherever it is. Idempotent. */
export async function closeForward(): Promise<void> {
  const objects = await listNftRuleset();
  const lines = objects.flatMap(ownRule);
  if (lines.length > 0) await applyNft(lines.join(''));
  const {chains} = await readHostRuleset();
  for (const chain of chains.filter(({tool}) => tool !== 'nft')) {
    for (const {text} of chain.rules.filter((rule) => rule.text.includes(openForwardMark))) {
      const [, bridge = ''] = /-[io] (\S+)/.exec(text) ?? [];
      const flag = text.includes(' -i ') ? '-i' : '-o';
      await changeIptables(chain, ['-D', chain.name, ...iptablesRule(flag, bridge)]);
    }
  }
}

function ownRule({rule}: NftObject): string[] {
  if (rule?.comment !== openForwardMark) return [];
  return [`delete rule ${rule.family} ${rule.table} ${rule.chain} handle ${rule.handle}\n`];
}

// By its policy, or by a rule of it or of a chain that it leads to.
function canRefuse(chain: Chain, chains: readonly Chain[], seen = new Set<Chain>()): boolean {
  if (chain.base?.policy === 'drop') return true;
  if (seen.has(chain)) return false;
  seen.add(chain);
  return chain.rules.some(({verdict}) => {
    if (verdict.kind === 'drop' || verdict.kind === 'reject') return true;
    if (!('chain' in verdict)) return false;
    const next = chains.find(
      ({name, family, table, tool}) =>
        name === verdict.chain && family === chain.family && table === chain.table && tool === chain.tool,
    );
    return next !== undefined && canRefuse(next, chains, seen);
  });
}

function iptablesRules(bridges: readonly string[]): string[][] {
  return bridges.flatMap((bridge) =>
    ['-i', '-o'].map((flag) => iptablesRule(flag, bridge.replace(/\*$/, '+'))),
  );
}

function iptablesRule(flag: string, bridge: string): string[] {
  return [flag, bridge, '-m', 'comment', '--comment', openForwardMark, '-j', 'ACCEPT'];
}
