import {execFileSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {judge, walkHook} from '../../../src/network/host-firewall/evaluate.ts';
import {readHostRuleset} from '../../../src/network/host-firewall/host-ruleset.ts';
import {closeForward, openForward} from '../../../src/network/host-firewall/open-forward.ts';
import {loadIptables, loadNft, packet, workstation} from '../../support/host-rules.ts';
import {ufw4, ufw6} from '../../support/ufw-rules.ts';

const test = suite('opening the forward chains of the host');

const rules = () =>
  execFileSync('nft', ['list', 'ruleset'], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']}).replace(
    / expires \S+/g,
    '',
  );
const saved = () => execFileSync('iptables-save', {encoding: 'utf8'}).replace(/^#.*\n/gm, '');
const into = packet({hook: 'forward', outInterface: 'cr-12', destination: '172.18.0.2'});
const out = packet({hook: 'forward', inInterface: 'crundle0', outInterface: 'eth0'});

async function judgements(): Promise<string[]> {
  const ruleset = await readHostRuleset();
  return [into, out].map((asked) => judge(walkHook(ruleset, asked)));
}

test('plain nftables: opened, opened again, and as before', async () => {
  await loadNft(workstation);
  const before = rules();
  assert.equal(await judgements(), ['refused', 'refused']);
  await openForward(['crundle0', 'cr-*']);
  const opened = rules();
  assert.equal(await judgements(), ['accepted', 'accepted']);
  await openForward(['crundle0', 'cr-*']);
  assert.is(rules(), opened);
  await closeForward();
  assert.is(rules(), before);
  await closeForward();
});

test('a forward chain that refuses nothing is left alone', async () => {
  await loadNft(
    'table inet t { chain f { type filter hook forward priority 0; ct state new counter accept; }; }',
  );
  const before = rules();
  await openForward(['crundle0']);
  assert.is(rules(), before);
});

test('ufw: opened through iptables, both families, and as before', async () => {
  await loadIptables(ufw4, ufw6);
  const before = saved();
  assert.equal(await judgements(), ['refused', 'refused']);
  await openForward(['crundle0', 'cr-*']);
  assert.equal(await judgements(), ['accepted', 'accepted']);
  assert.match(saved(), '-A FORWARD -i cr-+ -m comment --comment "crundle: publish-policy open" -j ACCEPT');
  await closeForward();
  assert.is(saved(), before);
});

test.after(async () => {
  await loadNft('');
});

test.run();
