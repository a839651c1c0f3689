// From the built bundle to a .deb: gathers the files, describes them, and has dpkg-deb pack them.

import {createHash} from 'node:crypto';
import {mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {docsPages} from '../../src/cli/help/docs-page.ts';
import {commandList} from '../cli/command-list.ts';
import {completions} from '../completions/completions.ts';
import {manPages} from '../man/pages.ts';
import type {Architecture} from './architecture.ts';
import {compressed, debianChangelog} from './changelog.ts';
import {controlText} from './control.ts';
import {copyrightText} from './copyright.ts';
import {defaultConfig} from './default-config.ts';
import {addApparmorProfile, addUnits} from './host-files.ts';
import {libraryDependencies} from './library-versions.ts';
import {addMaintainerScripts} from './maintainer-scripts.ts';
import {nodeLicense, strippedNode} from './node-binary.ts';
import {nodeCommand} from './node-command.ts';
import {PackageTree} from './package-tree.ts';
import {addProgram} from './program-files.ts';
import {runProgram} from './run-program.ts';

export interface PackageRequest {
  root: string;
  architecture: Architecture;
  version: string;
  /** Since 1970: the time of every file, and the date of documents. */
  seconds: number;
  /** The folder that the package is put in. */
  output: string;
  /** The folder that keeps what the next build can use. */
  cache: string;
  /** Does not compress, which takes most of the time. */
  quick: boolean;
}

/** The path of the package. */
export async function buildPackage(request: PackageRequest): Promise<string> {
  const {root, architecture, version, seconds, output, cache} = request;
  mkdirSync(cache, {recursive: true});
  mkdirSync(output, {recursive: true});
  const scratch = mkdtempSync(join(output, 'new-'));
  try {
    const tree = new PackageTree(join(scratch, 'tree'));
    const node = strippedNode(root, cache, architecture);
    addProgram(tree, root, node, nodeCommand(node, cache, architecture));
    addUnits(tree, root);
    addApparmorProfile(tree, root);
    tree.write('etc/crundle/config.json', defaultConfig());
    await addDocuments(tree, request);
    addControl(tree, request, node);
    tree.finish(seconds);
    const name = `crundle_${version}_${architecture.debian}.deb`;
    pack(tree, join(scratch, name), request);
    renameSync(join(scratch, name), join(output, name));
    return join(output, name);
  } finally {
    rmSync(scratch, {recursive: true});
  }
}

async function addDocuments(tree: PackageTree, {root, version, seconds}: PackageRequest): Promise<void> {
  const entries = await commandList(root);
  for (const [name, text] of manPages(entries, seconds))
    tree.write(`usr/share/man/man${name.at(-1)}/${name}.gz`, compressed(text));
  for (const [path, text] of completions(entries)) tree.write(path, text);
  const documents = 'usr/share/doc/crundle';
  for (const page of docsPages) tree.copy(join(root, 'docs', page), `${documents}/${page}`);
  const changes = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  tree.write(`${documents}/changelog.gz`, compressed(debianChangelog(changes, version, seconds)));
  const packages = JSON.parse(readFileSync(join(root, 'dist/packages.json'), 'utf8')) as string[];
  tree.write(`${documents}/copyright`, copyrightText(root, packages, nodeLicense(root)));
  tree.copy(join(import.meta.dirname, 'lintian-overrides'), 'usr/share/lintian/overrides/crundle');
}

function addControl(tree: PackageTree, {architecture, version}: PackageRequest, node: string): void {
  const files = tree.files();
  const settings = files.filter((path) => path.startsWith('etc/'));
  const facts = {
    version,
    architecture: architecture.debian,
    installedSizeKib: tree.installedSizeKib(),
    libraries: libraryDependencies(node, architecture),
  };
  // dpkg keeps its own sums of settings, which a person may change.
  const programs = files.filter((path) => !settings.includes(path));
  const sums = programs.map(
    (path) => `${createHash('md5').update(tree.read(path)).digest('hex')}  ${path}\n`,
  );
  tree.write('DEBIAN/control', controlText(facts));
  tree.write('DEBIAN/md5sums', sums.join(''));
  tree.write('DEBIAN/conffiles', settings.map((path) => `/${path}\n`).join(''));
  addMaintainerScripts(tree, version);
}

// xz, since Debian 12's dpkg is the first to read zstd. dpkg-deb orders the files by name.
function pack(tree: PackageTree, file: string, {seconds, quick}: PackageRequest): void {
  const format = quick ? '-Znone' : '-Zxz';
  runProgram('dpkg-deb', ['--root-owner-group', format, '--build', tree.root, file], {
    env: {...process.env, SOURCE_DATE_EPOCH: String(seconds)},
  });
}
