import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {resolveCommand} from '../../bundles/container-command.ts';
import type {ImageRuntimeConfig} from '../../src/oci/image-spec.ts';
import {engineErrorOf} from '../support/engine-error.ts';

const image = {Entrypoint: ['/entry', '-x'], Cmd: ['cmd']};

const cases: [
  title: string,
  image: ImageRuntimeConfig,
  entrypoint: string[] | undefined,
  command: string[],
  expected: string[],
][] = [
  ['the image’s entry point and command', image, undefined, [], ['/entry', '-x', 'cmd']],
  ['the run’s command replaces the image’s', image, undefined, ['a', 'b'], ['/entry', '-x', 'a', 'b']],
  ['the run’s entry point drops the image’s command', image, ['/mine'], [], ['/mine']],
  ['the run’s entry point and command', image, ['/mine'], ['a'], ['/mine', 'a']],
  ['an entry point taken away', image, [], ['a'], ['a']],
  ['a command alone', {Cmd: ['sh', '-c', 'x']}, undefined, [], ['sh', '-c', 'x']],
  ['null in place of a list, as Docker writes it', {Entrypoint: null, Cmd: null}, undefined, ['a'], ['a']],
];
for (const [title, config, entrypoint, command, expected] of cases) {
  test(title, () => {
    assert.equal(resolveCommand(config, {command, ...(entrypoint && {entrypoint})}), expected);
  });
}

for (const [config, entrypoint] of [
  [{}, undefined],
  [image, []],
  [image, ['']],
  [{Cmd: []}, undefined],
] as const) {
  test(`nothing to run is an error: ${JSON.stringify([config, entrypoint])}`, async () => {
    const options = {command: [], ...(entrypoint && {entrypoint: [...entrypoint]})};
    const error = await engineErrorOf(() => resolveCommand(config as ImageRuntimeConfig, options));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, 'no command specified');
    assert.is(error.oclif.exit, 125);
  });
}

test.run();
