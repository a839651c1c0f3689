// Builds a .deb: `node packaging/deb/build.ts [arm64|amd64] [VERSION]`, after `node build.ts`. The same sources give the
// same bytes. What lies where and why: docs/packaging.md.

import {createHash} from 'node:crypto';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {architectureNamed} from './architecture.ts';
import {compressed, debianChangelog} from './changelog.ts';
import {controlText} from './control.ts';
import {defaultConfig} from './default-config.ts';
import {addApparmorProfile, addUnits} from './host-files.ts';
import {libraryDependencies} from './library-versions.ts';
import {addMaintainerScripts} from './maintainer-scripts.ts';
import {strippedNode} from './node-binary.ts';
import {nodeCommand} from './node-command.ts';
import {PackageTree} from './package-tree.ts';
import {addProgram} from './program-files.ts';
import {runProgram} from './run-program.ts';
import {sourceDateSeconds} from './source-date.ts';

const root = join(import.meta.dirname, '../..');
const [architectureName = 'arm64', givenVersion] = process.argv.slice(2);
const architecture = architectureNamed(architectureName);
const version = givenVersion ?? packageVersion();
const seconds = sourceDateSeconds(root);
const cache = join(root, '.cache/deb');
mkdirSync(cache, {recursive: true});
const scratch = mkdtempSync(join(cache, 'new-'));
process.on('exit', () => rmSync(scratch, {recursive: true}));

const tree = new PackageTree(join(scratch, 'tree'));
const node = strippedNode(root, cache, architecture);
addProgram(tree, root, node, nodeCommand(node, cache, architecture));
addUnits(tree, root);
addApparmorProfile(tree, root);
tree.write('etc/crundle/config.json', defaultConfig());
addDocuments();
addControl();
tree.finish(seconds);
const file = join(cache, `crundle_${version}_${architecture.debian}.deb`);
runProgram('dpkg-deb', ['--root-owner-group', '-Zxz', '--build', tree.root, file], {
  env: {...process.env, SOURCE_DATE_EPOCH: String(seconds)},
});
console.log(`${file.slice(root.length + 1)}: ${(statSync(file).size / 1e6).toFixed(1)} MB`);

function packageVersion(): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {version: string}).version;
}

function addDocuments(): void {
  const changes = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  tree.write('usr/share/doc/crundle/changelog.gz', compressed(debianChangelog(changes, version, seconds)));
}

function addControl(): void {
  const sums = tree
    .files()
    .map((path) => `${createHash('md5').update(tree.read(path)).digest('hex')}  ${path}\n`);
  const installedSizeKib = tree.installedSizeKib();
  const libraries = libraryDependencies(node, architecture);
  tree.write('DEBIAN/md5sums', sums.join(''));
  tree.write(
    'DEBIAN/control',
    controlText({version, architecture: architecture.debian, installedSizeKib, libraries}),
  );
  const settings = tree.files().filter((path) => path.startsWith('etc/'));
  tree.write('DEBIAN/conffiles', settings.map((path) => `/${path}\n`).join(''));
  addMaintainerScripts(tree, version);
}
