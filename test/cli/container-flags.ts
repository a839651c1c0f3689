import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {attachmentTo} from '../../bundles/network-options.ts';
import {containerOptions} from '../../src/cli/container-flags.ts';

const test = suite('container flags');

test("nothing given leaves Docker's defaults", () => {
  const options = containerOptions({}, ['sh']);
  assert.equal(options.command, ['sh']);
  assert.is(options.privileged, false);
  assert.is('init' in options, false);
  assert.is('hostname' in options, false);
});

test('each value lands in its option', () => {
  const options = containerOptions(
    {
      'cap-add': ['net_admin'],
      cpus: 1_500_000_000,
      entrypoint: '',
      'env-file': [['A=file', 'B=file']],
      env: ['A=line'],
      label: [['a', '1']],
      memory: 1024,
      network: [attachmentTo('a'), attachmentTo('b')],
      'network-alias': ['front'],
      publish: [[{containerPort: 80, protocol: 'tcp'}], [{containerPort: 53, protocol: 'udp'}]],
      'publish-all': true,
      expose: [[{port: 443, protocol: 'tcp'}]],
      init: false,
      rm: true,
      'stop-signal': {name: 'SIGINT', number: 2},
    },
    [],
  );
  assert.equal(options.capAdd, ['NET_ADMIN']);
  assert.is(options.resources.nanoCpus, 1_500_000_000);
  assert.equal(options.entrypoint, []);
  assert.equal(options.env, ['A=file', 'B=file', 'A=line']);
  assert.equal(options.labels, {a: '1'});
  assert.is(options.resources.memoryBytes, 1024);
  assert.equal(options.network, {
    kind: 'networks',
    attachments: [{...attachmentTo('a'), aliases: ['front']}, attachmentTo('b')],
  });
  assert.equal(
    options.ports.map(({containerPort}) => containerPort),
    [80, 53],
  );
  assert.equal(options.exposed, [{port: 443, protocol: 'tcp'}]);
  assert.is(options.publishAll, true);
  assert.is(options.init, false);
  assert.is(options.autoRemove, true);
  assert.is(options.stopSignal, 'SIGINT');
});

test.run();
