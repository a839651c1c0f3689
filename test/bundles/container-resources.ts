import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {ResourceOptions} from '../../bundles/container-options.ts';
import {checkResources, containerResources} from '../../bundles/container-resources.ts';
import {buildChecked, bundleInput, hostFacts} from '../support/bundle-input.ts';
import {engineErrorOf} from '../support/engine-error.ts';

const {cgroup} = hostFacts();
const withoutSwap = hostFacts({cgroup: {...cgroup, swapAccounting: false}});
const bare = hostFacts({cgroup: {...cgroup, controllers: []}});

function limitsOf(options: ResourceOptions, host = hostFacts()) {
  const {devices: _, ...limits} = containerResources(options, false, host);
  return limits;
}

test('limits reach the config, and fit the schema', () => {
  const resources = {memoryBytes: 64 * 1024 ** 2, nanoCpus: 500_000_000, pidsLimit: 50};
  const {devices: _, ...limits} = buildChecked(bundleInput({resources})).linux.resources ?? {};
  assert.equal(limits, {
    memory: {limit: 67_108_864, swap: 134_217_728},
    cpu: {quota: 50_000, period: 100_000},
    pids: {limit: 50},
  });
});

test('without swap accounting memory is limited alone', () => {
  assert.equal(limitsOf({memoryBytes: 64 * 1024 ** 2}, withoutSwap), {memory: {limit: 67_108_864}});
  assert.equal(checkResources({memoryBytes: 64 * 1024 ** 2}, withoutSwap), [
    'Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.',
  ]);
});

test('zero and -1 mean no limit', () => {
  assert.equal(limitsOf({memoryBytes: 0, nanoCpus: 0, pidsLimit: 0}), {});
  assert.equal(limitsOf({pidsLimit: -1}), {});
});

test('limits that the host has no controller for are left out with a warning', () => {
  const options = {memoryBytes: 64 * 1024 ** 2, pidsLimit: 5};
  assert.equal(limitsOf(options, bare), {});
  assert.equal(checkResources(options, bare), [
    'Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.',
    'Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.',
  ]);
});

test('what can be done brings no warning', () => {
  assert.equal(checkResources({memoryBytes: 6 * 1024 ** 2, nanoCpus: 4e9, pidsLimit: 1}, hostFacts()), []);
});

const refused: [options: ResourceOptions, message: string][] = [
  [{memoryBytes: 6 * 1024 ** 2 - 1}, 'Minimum memory limit allowed is 6MB'],
  [{nanoCpus: 4_000_000_001}, 'Range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available'],
  [{nanoCpus: -1}, 'Range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available'],
];
for (const [options, message] of refused) {
  test(`refused in Docker’s words: ${JSON.stringify(options)}`, async () => {
    const error = await engineErrorOf(() => checkResources(options, hostFacts()));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, message);
    assert.is(error.oclif.exit, 125);
  });
}

test('--cpus without the controller is refused', async () => {
  const error = await engineErrorOf(() => checkResources({nanoCpus: 1e9}, bare));
  assert.is(error.code, 'host-unsupported');
});

test.run();
