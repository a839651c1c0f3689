import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {hostPortText, parsePublish} from '../../../bundles/options/publish.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

const tcp = {protocol: 'tcp'} as const;
const at = (first: number, last = first) => ({hostPorts: {first, last}});

const specs: [text: string, expected: object[]][] = [
  ['80', [{containerPort: 80, ...tcp}]],
  [':80', [{containerPort: 80, ...tcp}]],
  ['0:80', [{containerPort: 80, ...tcp}]],
  ['8080:80', [{containerPort: 80, ...tcp, ...at(8080)}]],
  ['53:53/udp', [{containerPort: 53, protocol: 'udp', ...at(53)}]],
  ['53:53/UDP', [{containerPort: 53, protocol: 'udp', ...at(53)}]],
  ['9:9/sctp', [{containerPort: 9, protocol: 'sctp', ...at(9)}]],
  ['80:80/', [{containerPort: 80, ...tcp, ...at(80)}]],
  ['127.0.0.1:8080:80', [{containerPort: 80, ...tcp, ...at(8080), hostIp: '127.0.0.1'}]],
  ['127.0.0.1::80', [{containerPort: 80, ...tcp, hostIp: '127.0.0.1'}]],
  ['[::1]:8080:80', [{containerPort: 80, ...tcp, ...at(8080), hostIp: '::1'}]],
  ['::1:8080:80', [{containerPort: 80, ...tcp, ...at(8080), hostIp: '::1'}]],
  ['[2001:DB8:0::5]::80/udp', [{containerPort: 80, protocol: 'udp', hostIp: '2001:db8::5'}]],
  ['8080-8090:80', [{containerPort: 80, ...tcp, ...at(8080, 8090)}]],
  [
    '8080-8081:80-81',
    [
      {containerPort: 80, ...tcp, ...at(8080)},
      {containerPort: 81, ...tcp, ...at(8081)},
    ],
  ],
  [
    '80-81',
    [
      {containerPort: 80, ...tcp},
      {containerPort: 81, ...tcp},
    ],
  ],
  ['target=80,published=8080,protocol=udp', [{containerPort: 80, protocol: 'udp', ...at(8080)}]],
  ['published=8080,target=80', [{containerPort: 80, ...tcp, ...at(8080)}]],
];
for (const [text, expected] of specs) {
  test(`-p ${text}`, () => assert.equal(parsePublish(text), expected));
}

// Each message as docker 28.2 has it.
const refused: [text: string, message: string][] = [
  ['x', 'invalid containerPort: x'],
  ['80:', 'no port specified: 80:<empty>'],
  ['', 'no port specified: <empty>'],
  ['1-2:1-3', 'invalid ranges specified for container and host Ports: 1-3 and 1-2'],
  ['70000:80', 'invalid hostPort: 70000'],
  ['1.2.3:80:80', 'invalid IP address: 1.2.3'],
  ['[::g]:80:80', 'invalid IP address: ::g'],
  ['80/foo', 'invalid proto: foo'],
  ['80-', 'invalid containerPort: 80-'],
  ['90-80:80-90', 'invalid hostPort: 90-80'],
  ['a:80', 'invalid hostPort: a'],
  ['0', 'invalid containerPort: 0'],
  ['target=x', 'invalid containerPort: x'],
  ['target=80,x', "invalid publish opts format (should be name=value but got 'x')"],
];
for (const [text, message] of refused) {
  test(`-p '${text}' is refused`, async () => {
    const error = await engineErrorOf(() => parsePublish(text));
    assert.equal([error.code, error.message, error.oclif.exit], ['invalid-option', message, 125]);
  });
}

test('a mapping tells its host ports as they were written', () => {
  for (const text of ['80', '8080:80', '8080-8090:80']) {
    const [mapping] = parsePublish(text);
    assert.is(mapping && hostPortText(mapping), text.includes(':') ? text.split(':')[0] : '');
  }
});

test.run();
