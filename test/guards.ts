// What uvu does not notice by itself: a test file that never runs its suite, or that runs only part of it.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {sourceFiles} from './support/source-imports.ts';

const test = suite('guards');
const files = sourceFiles('test/**/*.ts').filter(
  ({file}) => file !== 'test/run.ts' && !file.startsWith('test/support/'),
);

test('every test file ends by running its suite', () => {
  const wrong = files.filter(
    ({text}) => !/^[a-zA-Z]+\.run\(\);\n$/m.test(text.slice(text.lastIndexOf('\n', text.length - 2) + 1)),
  );
  assert.equal(
    wrong.map(({file}) => file),
    [],
  );
});

test('every suite of a file is run', () => {
  const wrong = files.flatMap(({file, text}) =>
    [...text.matchAll(/^const (\w+) = suite(?:<.*>)?\(/gm)]
      .filter(([, name]) => !new RegExp(`^${name}\\.run\\(\\);$`, 'm').test(text))
      .map(([, name]) => `${file}: ${name}`),
  );
  assert.equal(wrong, []);
});

test('no test runs alone', () => {
  const wrong = files.filter(({text}) => /^\s*\w+\.only\(/m.test(text));
  assert.equal(
    wrong.map(({file}) => file),
    [],
  );
});

test('every skipped test says why', () => {
  const wrong = files.filter(({text}) => /\.skip\b/.test(text) && !text.includes('saySkipped('));
  assert.equal(
    wrong.map(({file}) => file),
    [],
  );
});

test.run();
