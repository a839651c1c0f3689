// The engine as a library: the example of README.md runs as it is written there.
import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {startRegistry} from './support/registry-server.ts';
import {assertHostClean, crundleOk} from './support/test-host.ts';

const test = suite('engine');
const root = join(import.meta.dirname, '..');

function readmeExample(): string {
  const section = readFileSync(join(root, 'README.md'), 'utf8').split('\n## As a library\n')[1] ?? '';
  const lines = section.split('\n');
  const first = lines.findIndex((line) => line.startsWith('    '));
  const length = lines.slice(first).findIndex((line) => line !== '' && !line.startsWith('    '));
  return lines
    .slice(first, first + length)
    .map((line) => line.slice(4))
    .join('\n')
    .trim();
}

test("the library's example in README.md pulls an image, runs a container and prints its output", async () => {
  const example = readmeExample();
  assert.match(example, /^import \{Engine\} from 'crundle';\n/);
  assert.ok(example.split('\n').filter(Boolean).length <= 10, 'it says ten lines');
  await using registry = {...(await startRegistry()), [Symbol.asyncDispose]: () => registry.stop()};
  const image = `${registry.address}/busybox`;
  const program = example.replaceAll(/'(docker\.io\/library\/)?alpine'/g, `'${image}'`);
  assert.not.match(program, /alpine/);
  const {stdout, stderr} = await promisify(execFile)(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program],
    {cwd: root},
  );
  assert.is(stdout, 'aarch64\n');
  assert.is(stderr, '');
  assert.is(await crundleOk(['ps', '-aq']), '');
  await crundleOk(['rmi', image]);
  await assertHostClean();
});

test.run();
