import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {defaultContainerOptions} from '../../bundles/container-options.ts';
import {checkHealthAction, checkHealthcheck, healthcheckOf, healthPlan} from '../../bundles/healthcheck.ts';
import type {ImageHealthcheck} from '../../src/oci/image-spec.ts';
import {engineErrorOf} from '../support/engine-error.ts';

const second = 1e9;
const image = {Test: ['CMD', '/probe', '-q'], Interval: 10 * second, Retries: 5};

function container(own?: ImageHealthcheck, ofImage?: ImageHealthcheck, shell?: string[]) {
  return {
    options: {...defaultContainerOptions(), ...(own && {healthcheck: own})},
    imageConfig: {...(ofImage && {Healthcheck: ofImage}), ...(shell && {Shell: shell})},
  };
}

test('nothing is checked unless the options or the image say so', () => {
  assert.is(healthPlan(container()), undefined);
  assert.is(healthcheckOf(container()), undefined);
});

test('the image’s check has Docker’s defaults for what it leaves out', () => {
  assert.equal(healthPlan(container(undefined, image)), {
    command: ['/probe', '-q'],
    intervalMs: 10_000,
    timeoutMs: 30_000,
    startPeriodMs: 0,
    startIntervalMs: 5000,
    retries: 5,
  });
});

test('each field of the options goes over the image’s', () => {
  const own = {Timeout: 2 * second, Retries: 1, StartPeriod: 3 * second, StartInterval: second / 2};
  assert.equal(healthcheckOf(container(own, image)), {...image, ...own});
  assert.equal(healthcheckOf(container({Test: ['CMD-SHELL', 'x']}, image)), {
    ...image,
    Test: ['CMD-SHELL', 'x'],
  });
});

test('a command line is for the shell of the image', () => {
  const own = {Test: ['CMD-SHELL', 'wget -q localhost']};
  assert.equal(healthPlan(container(own))?.command, ['/bin/sh', '-c', 'wget -q localhost']);
  const bash = container(own, undefined, ['/bin/bash', '-ec']);
  assert.equal(healthPlan(bash)?.command, ['/bin/bash', '-ec', 'wget -q localhost']);
});

for (const Test of [['NONE'], [], ['OTHER', 'x']]) {
  test(`no check: ${JSON.stringify(Test)}`, () =>
    assert.is(healthPlan(container(undefined, {Test})), undefined));
}

test('NONE of the options turns the image’s off', () => {
  assert.is(healthPlan(container({Test: ['NONE']}, image)), undefined);
});

test('what is shorter than a millisecond is refused', async () => {
  for (const name of ['Interval', 'Timeout', 'StartPeriod', 'StartInterval'] as const) {
    const message = `${name} in Healthcheck cannot be less than 1ms`;
    const error = await engineErrorOf(() => checkHealthcheck({healthcheck: {[name]: 999_999}}));
    assert.equal([error.code, error.message], ['invalid-option', message]);
    checkHealthcheck({healthcheck: {[name]: 1e6}});
  }
});

test('an action needs a check', async () => {
  const {options, imageConfig} = container(undefined, image);
  checkHealthAction({options: {...options, healthOnFailure: 'kill'}, imageConfig});
  const error = await engineErrorOf(() =>
    checkHealthAction({options: {...options, healthOnFailure: 'kill'}, imageConfig: {}}),
  );
  assert.equal(
    [error.code, error.message],
    ['invalid-option', 'cannot set on-failure action to kill without a health check'],
  );
});

test.run();
