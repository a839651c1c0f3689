// Networks as a person handles them, with the columns and words of docker 28.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {assertHostClean, crundle, crundleOk} from '../support/test-host.ts';

const test = suite('network commands');

test.after(async () => {
  await crundleOk(['network', 'prune', '-f']);
  await assertHostClean();
});

async function fails(args: string[], message: string, status = 1): Promise<void> {
  const result = await crundle(args);
  assert.is(result.stderr.split('\n')[0], message);
  assert.is(result.status, status);
}

test('ls shows the three that are always there', async () => {
  const lines = (await crundleOk(['network', 'ls'])).split('\n');
  assert.match(lines[0] ?? '', /^NETWORK ID {5}NAME {6}DRIVER {4}SCOPE$/);
  assert.match(lines[1] ?? '', /^[0-9a-f]{12} {3}bridge {4}bridge {4}local$/);
  assert.match(lines[2] ?? '', /^[0-9a-f]{12} {3}host {6}host {6}local$/);
  assert.match(lines[3] ?? '', /^[0-9a-f]{12} {3}none {6}null {6}local$/);
  assert.is(lines.length, 4);
  assert.is(
    await crundleOk(['network', 'list', '-q']),
    lines
      .slice(1)
      .map((line) => line.slice(0, 12))
      .join('\n'),
  );
});

test('create prints the id, inspect tells all of it', async () => {
  const id = await crundleOk([
    ...[
      'network',
      'create',
      '--subnet',
      '10.50.0.0/24',
      '--ip-range',
      '10.50.0.128/25',
      '--gateway',
      '10.50.0.9',
    ],
    ...['--aux-address', 'nas=10.50.0.5', '--label', 'a=b', '--label', 'c', '--internal', 'lab'],
    ...['-o', 'com.docker.network.driver.mtu=1400'],
  ]);
  const [shown] = JSON.parse(await crundleOk(['network', 'inspect', 'lab'])) as Record<string, unknown>[];
  const {Created, ...rest} = shown ?? {};
  assert.match(String(Created), /^\d{4}-\d\d-\d\dT/);
  assert.equal(rest, {
    Name: 'lab',
    Id: id,
    Scope: 'local',
    Driver: 'bridge',
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: {
      Driver: 'default',
      Options: {},
      Config: [
        {
          Subnet: '10.50.0.0/24',
          IPRange: '10.50.0.128/25',
          Gateway: '10.50.0.9',
          AuxiliaryAddresses: {nas: '10.50.0.5'},
        },
      ],
    },
    Internal: true,
    Attachable: false,
    Ingress: false,
    ConfigFrom: {Network: ''},
    ConfigOnly: false,
    Containers: {},
    Options: {'com.docker.network.driver.mtu': '1400'},
    Labels: {a: 'b', c: ''},
  });
  assert.is(
    await crundleOk([
      'network',
      'ls',
      '-f',
      'type=custom',
      '--format',
      '{{.Name}} {{.Internal}} {{.Labels}}',
    ]),
    'lab true a=b,c=',
  );
  await crundleOk(['network', 'rm', id.slice(0, 10)]);
});

test('inspect finds networks too, after containers and images', async () => {
  assert.is(await crundleOk(['inspect', '-f', '{{.Driver}}', 'none']), 'null');
  assert.is(await crundleOk(['inspect', '--type', 'network', '-f', '{{.Name}}', 'bridge']), 'bridge');
  await fails(['inspect', '--type', 'network', 'nope'], 'Error: network nope not found');
  await fails(['inspect', 'nope'], 'Error: no such object: nope');
});

test('an option without effect is said', async () => {
  const {stdout, stderr, status} = await crundle(['network', 'create', '-o', 'nonsense=1', 'odd']);
  assert.is(stderr, 'WARNING: option nonsense has no effect on a bridge network\n');
  assert.is(status, 0);
  assert.match(stdout, /^[0-9a-f]{64}\n$/);
  assert.is(await crundleOk(['network', 'rm', 'odd']), 'odd');
});

test("failures in Docker's words", async () => {
  await fails(['network', 'inspect', 'nope'], 'Error: network nope not found');
  await fails(['network', 'rm', 'nope'], 'Error: network nope not found');
  await fails(['network', 'rm', 'bridge'], 'Error: bridge is a pre-defined network and cannot be removed');
  await fails(
    ['network', 'create', 'bridge'],
    'Error: operation is not permitted on predefined bridge network',
  );
  await fails(
    ['network', 'create', '--gateway', '10.1.0.1', 'x'],
    'Error: every ip-range or gateway must have a corresponding subnet',
  );
  await fails(
    ['network', 'create', '--scope', 'swarm', 'x'],
    "Error: scope swarm is not supported: there is only 'local'",
  );
  await fails(
    ['network', 'create', '--config-only', 'x'],
    'Error: flag --config-only is not supported yet',
    125,
  );
  await fails(['network', 'connect', 'nope', 'c'], 'Error: network nope not found');
  await fails(['network', 'connect', 'host', 'c'], 'Error: no such container: c');
  await fails(['network', 'disconnect', 'none', 'c'], 'Error: no such container: c');
  await fails(
    ['network', 'connect', '--ip', '1.2.3', 'bridge', 'c'],
    'Error: invalid argument "1.2.3" for "--ip" flag: invalid IPv4 address: 1.2.3',
    125,
  );
  assert.equal(await crundle(['network', 'rm', '-f', 'nope']), {stdout: '', stderr: '', status: 0});
});

test('prune asks, and takes what is unused', async () => {
  await crundleOk(['network', 'create', 'old']);
  await crundleOk(['network', 'create', '--label', 'keep', 'kept']);
  const question =
    'WARNING! This will remove all custom networks not used by at least one container.\nAre you sure you want to continue? [y/N] ';
  assert.is(await crundleOk(['network', 'prune'], {input: 'n\n'}), question);
  assert.is(await crundleOk(['network', 'prune', '-f', '--filter', 'until=1h']), '');
  assert.is(
    await crundleOk(['network', 'prune', '--filter', 'label!=keep'], {input: 'y\n'}),
    `${question}Deleted Networks:\nold\n`,
  );
  assert.is(await crundleOk(['network', 'rm', 'kept']), 'kept');
});

test('reload on a host where nothing is in use', async () => {
  await crundleOk(['network', 'reload']);
});

test('help has a page of the topic', async () => {
  const page = await crundleOk(['network']);
  for (const verb of ['connect', 'create', 'disconnect', 'inspect', 'ls', 'prune', 'reload', 'rm']) {
    assert.match(page, new RegExp(`^  ${verb} `, 'm'));
  }
  assert.match(
    await crundleOk(['network', 'create', '--help']),
    /^Usage: {2}crundle network create \[OPTIONS\] NETWORK$/m,
  );
});

test.run();
