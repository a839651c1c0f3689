import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {addressLines, portColumn, portLines} from '../../src/cli/port-list.ts';
import type {ContainerPort} from '../../src/engine.ts';

const test = suite('port list');

// `0.0.0.0:8080->80/tcp` or `80/tcp`
function ports(...texts: string[]): ContainerPort[] {
  return texts.map((text) => {
    const [, hostIp, hostPort, port, protocol] = /^(?:(.+):(\d+)->)?(\d+)\/(\w+)$/.exec(text) ?? [];
    return {
      containerPort: Number(port),
      protocol: protocol as ContainerPort['protocol'],
      ...(hostIp !== undefined && {hostIp: hostIp as NonNullable<ContainerPort['hostIp']>}),
      ...(hostPort !== undefined && {hostPort: Number(hostPort)}),
    };
  });
}

// Expected as docker 28.2's formatter prints the same ports.
const columns: [ports: string[], column: string][] = [
  [[], ''],
  [['80/tcp'], '80/tcp'],
  [['0.0.0.0:8080->80/tcp', ':::8080->80/tcp'], '0.0.0.0:8080->80/tcp, [::]:8080->80/tcp'],
  [['81/tcp', '80/tcp', '82/tcp', '90/tcp'], '80-82/tcp, 90/tcp'],
  [['0.0.0.0:80->80/tcp', '0.0.0.0:81->81/tcp'], '0.0.0.0:80-81->80-81/tcp'],
  [['127.0.0.1:8080->80/tcp', '443/tcp'], '443/tcp, 127.0.0.1:8080->80/tcp'],
  [['53/udp', '53/tcp'], '53/tcp, 53/udp'],
];
for (const [given, column] of columns) {
  test(`the column of ${given.join(', ') || 'nothing'}`, () =>
    assert.is(portColumn(ports(...given)), column));
}

test('port lists what is published, in the order of numbers', () => {
  const all = ports(
    '0.0.0.0:32769->443/tcp',
    '0.0.0.0:32768->80/tcp',
    ':::32768->80/tcp',
    '127.0.0.1:53->53/udp',
    '9/tcp',
  );
  assert.equal(portLines(all), [
    '53/udp -> 127.0.0.1:53',
    '80/tcp -> [::]:32768',
    '80/tcp -> 0.0.0.0:32768',
    '443/tcp -> 0.0.0.0:32769',
  ]);
  assert.equal(addressLines(all, {containerPort: 80, protocol: 'tcp'}), ['[::]:32768', '0.0.0.0:32768']);
  assert.equal(addressLines(all, {containerPort: 9, protocol: 'tcp'}), []);
});

test.run();
