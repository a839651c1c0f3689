// Builds a .deb, after `node build.ts`. The same sources give the same bytes. What lies where and why: docs/packaging.md.
//   node packaging/deb/build.ts [arm64|amd64] [--version VERSION] [--output FOLDER] [--cache FOLDER] [--quick]

import {readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {architectureNamed} from './architecture.ts';
import {buildPackage} from './build-package.ts';
import {debianRelease} from './node-command.ts';
import {engineSizes, sizeTable} from './size-comparison.ts';
import {sourceDateSeconds} from './source-date.ts';

const root = join(import.meta.dirname, '../..');
const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    // Of the package alone: `crundle version` says what package.json does.
    version: {type: 'string', default: packageVersion()},
    output: {type: 'string', default: join(root, '.cache/deb')},
    // What a later build uses again: Node without its symbols, libraries to run it with.
    cache: {type: 'string', default: join(root, '.cache/deb')},
    // For tests: larger, and everything else is the same.
    quick: {type: 'boolean', default: false},
  },
});

const [architecture = 'arm64'] = positionals;
const file = await buildPackage({
  ...values,
  root,
  architecture: architectureNamed(architecture),
  seconds: sourceDateSeconds(root),
});
console.log(`${file}: ${(statSync(file).size / 1e6).toFixed(1)} MB`);
if (!values.quick) compareSizes();

function compareSizes(): void {
  const sizes = (recommends: boolean) => engineSizes(file, architecture, values.cache, {recommends});
  try {
    const release = debianRelease();
    console.log(sizeTable(`\nover the smallest ${release}, with all that each needs`, sizes(false)));
    console.log(sizeTable('with what apt installs besides unless told otherwise', sizes(true)));
  } catch (error) {
    console.log(
      `not compared with other engines: ${(error as Error).message.split('\n').slice(0, 2).join(' ')}`,
    );
  }
}

function packageVersion(): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {version: string}).version;
}
