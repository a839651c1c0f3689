import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {exposedPorts} from '../../bundles/exposed-ports.ts';

test("the image's, --expose's and -p's ports come once, in order", () => {
  const ports = exposedPorts(
    {
      exposed: [{port: 443, protocol: 'tcp'}],
      ports: [
        {containerPort: 80, protocol: 'tcp', hostPorts: {first: 8080, last: 8080}},
        {containerPort: 53, protocol: 'udp'},
      ],
    },
    {ExposedPorts: {'80/tcp': {}, '53': {}, '9/SCTP': {}, nonsense: {}}},
  );
  assert.equal(ports, [
    {port: 9, protocol: 'sctp'},
    {port: 53, protocol: 'tcp'},
    {port: 53, protocol: 'udp'},
    {port: 80, protocol: 'tcp'},
    {port: 443, protocol: 'tcp'},
  ]);
});

test('an image without EXPOSE exposes nothing', () => {
  assert.equal(exposedPorts({exposed: [], ports: []}, {}), []);
});

test.run();
