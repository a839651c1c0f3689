import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {IpAddress} from '../../../src/addresses/ip-address.ts';
import {findWarnings, type WatchedNetwork} from '../../../src/network/host-firewall/warnings.ts';
import {loadIptables, loadNft, workstation} from '../../support/host-rules.ts';
import {ufw4, ufw6} from '../../support/ufw-rules.ts';

const test = suite('warnings about the host firewall');

const ip = (text: string) => text as IpAddress;
const network: WatchedNetwork = {
  name: 'net1',
  bridge: 'cr-1',
  gateways: [ip('172.18.0.1')],
  internal: false,
  names: true,
  ports: [
    {protocol: 'tcp', hostIp: ip('0.0.0.0'), hostPort: 8080, targetIp: ip('172.18.0.2'), targetPort: 80},
  ],
};

test('without rules there is nothing to warn of', async () => {
  assert.equal(findWarnings(await loadNft(''), [network], 'host'), []);
});

test("ufw's defaults keep all from containers, and ufw's own commands open it", async () => {
  assert.equal(findWarnings(await loadIptables(ufw4, ufw6), [network], 'host'), [
    {
      message:
        "the host's firewall drops what containers on network net1 send out: policy drop of table ip filter, chain FORWARD",
      command: 'ufw route allow in on cr-1',
    },
    {
      message:
        "the host's firewall drops what comes for published port 8080/tcp on network net1: policy drop of table ip filter, chain FORWARD",
      command: 'ufw route allow in on crundle-in out on cr-1',
    },
    {
      message:
        "the host's firewall drops the name queries of containers on network net1: policy drop of table ip filter, chain INPUT",
      command: 'ufw allow in on cr-1 to any port 53 proto udp',
    },
  ]);
});

test('plain nftables: the commands are of nft, and work', async () => {
  const rules = workstation.replace('ct status dnat oifname "crundle0" accept', '');
  const warnings = findWarnings(await loadNft(rules), [network], 'host');
  assert.equal(
    warnings.map(({command}) => command),
    [
      `nft 'insert rule inet filter forward iifname "cr-1" accept'`,
      `nft 'insert rule inet filter forward iifname "crundle-in" oifname "cr-1" accept'`,
      `nft 'insert rule inet filter input iifname "cr-1" udp dport 53 accept'`,
    ],
  );
  const inserts = warnings.map(({command}) => command.replace(/^nft '(.*)'$/, '$1')).join('\n');
  assert.equal(findWarnings(await loadNft(`${rules}\n${inserts}\n`), [network], 'host'), []);
});

test('an internal network has no way out that could be missed', async () => {
  const warnings = findWarnings(
    await loadNft(workstation),
    [{...network, internal: true, names: false, ports: []}],
    'host',
  );
  assert.equal(warnings, []);
});

test.after(async () => {
  await loadNft('');
});

test.run();
