// --subnet, --gateway, --ip-range and --aux-address, sorted by what lies in what, with the words of docker 28.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type IpamFlags, ipamSubnets} from '../../src/cli/network-ipam.ts';
import {UsageError} from '../../src/cli/usage-error.ts';

const test = suite('network create: addresses');
const none: IpamFlags = {subnets: [], gateways: [], ranges: [], auxAddresses: []};

test('what lies in a subnet belongs to it, whatever the order', () => {
  assert.equal(
    ipamSubnets({
      subnets: ['10.1.0.0/16', 'fd00:1::/64'],
      gateways: ['fd00:1::9', '10.1.0.9'],
      ranges: ['10.1.2.5/24'],
      auxAddresses: ['router=10.1.0.1', 'nas=10.1.0.2'],
    }),
    [
      {
        subnet: '10.1.0.0/16',
        gateway: '10.1.0.9',
        ipRange: '10.1.2.0/24',
        auxAddresses: {router: '10.1.0.1', nas: '10.1.0.2'},
      },
      {subnet: 'fd00:1::/64', gateway: 'fd00:1::9', auxAddresses: {}},
    ],
  );
  assert.equal(ipamSubnets(none), []);
});

const refused: [Partial<IpamFlags>, string][] = [
  [{gateways: ['10.1.0.1']}, 'every ip-range or gateway must have a corresponding subnet'],
  [{ranges: ['10.1.0.0/24']}, 'every ip-range or gateway must have a corresponding subnet'],
  [{subnets: ['10.1.0.1']}, 'invalid CIDR address: 10.1.0.1'],
  [{subnets: ['10.1.0.0/16'], ranges: ['10.1.0.1']}, 'invalid CIDR address: 10.1.0.1'],
  [{subnets: ['10.1.0.0/16'], ranges: ['10.2.0.0/24']}, 'no matching subnet for range 10.2.0.0/24'],
  [{subnets: ['10.1.0.0/16'], gateways: ['10.2.0.1']}, 'no matching subnet for gateway 10.2.0.1'],
  [{subnets: ['10.1.0.0/16'], gateways: ['nope']}, 'no matching subnet for gateway nope'],
  [{subnets: ['10.1.0.0/16'], auxAddresses: ['x=10.2.0.1']}, 'no matching subnet for aux-address 10.2.0.1'],
  [{subnets: ['10.1.0.0/16'], auxAddresses: ['10.1.0.1']}, 'no matching subnet for aux-address '],
  [{subnets: ['10.1.0.0/16', '10.1.1.0/24']}, 'multiple overlapping subnet configuration is not supported'],
  [
    {subnets: ['10.1.0.0/16', '10.2.0.0/16'], gateways: ['10.1.0.1', '10.1.0.2']},
    'cannot configure multiple gateways (10.1.0.2, 10.1.0.1) for the same subnet (10.1.0.0/16)',
  ],
];

for (const [flags, message] of refused) {
  test(`${JSON.stringify(flags)} is refused`, () => {
    try {
      ipamSubnets({...none, ...flags});
      assert.unreachable();
    } catch (error) {
      assert.instance(error, UsageError);
      assert.is((error as UsageError).words, message);
      assert.is((error as UsageError).oclif.exit, 1);
    }
  });
}

test.run();
