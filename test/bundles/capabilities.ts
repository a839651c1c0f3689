import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {capabilityNames, chooseCapabilities, defaultCapabilities} from '../../bundles/capabilities.ts';
import {engineErrorOf} from '../support/engine-error.ts';

const all = capabilityNames.map((name) => `CAP_${name}`);
const defaults = defaultCapabilities.map((name) => `CAP_${name}`);

function choose(capAdd: string[], capDrop: string[], available = all, privileged = false): string[] {
  return chooseCapabilities({capAdd, capDrop, privileged}, available);
}

test('there are Docker’s fourteen, of the kernel’s forty-one', () => {
  assert.is(defaultCapabilities.length, 14);
  assert.is(capabilityNames.length, 41);
  assert.is(capabilityNames[21], 'SYS_ADMIN');
  assert.is(capabilityNames[40], 'CHECKPOINT_RESTORE');
  assert.equal(choose([], []), defaults);
});

test('one is added and one dropped', () => {
  assert.equal(choose(['NET_ADMIN'], ['MKNOD']), [
    ...defaults.filter((name) => name !== 'CAP_MKNOD'),
    'CAP_NET_ADMIN',
  ]);
});

test('adding one of the defaults changes nothing', () => {
  assert.equal(choose(['CHOWN'], []), defaults);
});

test('dropping ALL leaves what is added', () => {
  assert.equal(choose(['CHOWN', 'BPF'], ['ALL']), ['CAP_CHOWN', 'CAP_BPF']);
  assert.equal(choose([], ['ALL']), []);
});

test('adding ALL leaves out what is dropped by name', () => {
  assert.equal(
    choose(['ALL'], ['MKNOD']),
    all.filter((name) => name !== 'CAP_MKNOD'),
  );
  assert.equal(choose(['ALL'], ['ALL']), all);
});

test('ALL and privileged mean all that the host has', () => {
  const some = all.filter((name) => name !== 'CAP_SYS_RESOURCE');
  assert.equal(choose(['ALL'], [], some), some);
  assert.equal(choose([], ['CHOWN'], some, true), some);
});

test('a default that the host lacks is left out', () => {
  const some = all.filter((name) => name !== 'CAP_MKNOD');
  assert.equal(
    choose([], [], some),
    defaults.filter((name) => name !== 'CAP_MKNOD'),
  );
});

test('one that was asked for and that the host lacks is an error', async () => {
  const some = all.filter((name) => name !== 'CAP_SYS_RESOURCE');
  const error = await engineErrorOf(() => choose(['SYS_RESOURCE'], [], some));
  assert.is(error.code, 'host-unsupported');
  assert.is(
    error.message,
    'invalid CapAdd: capability not supported by your kernel or not available in the current environment: "CAP_SYS_RESOURCE"',
  );
});

test.run();
