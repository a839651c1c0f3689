// Dependencies point one way: commands -> engine -> {images, storage, containers, volumes} -> {runtime, state} -> system.
// Every import is read; an edge that this table does not hold is a failure, and so is a folder that it does not know.
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type SourceImport, sourceImports} from './support/source-imports.ts';

type Layer = keyof typeof allowed;

const below = [
  'runtime',
  'state',
  'config',
  'system',
  'bundles',
  'addresses',
  'oci',
  'events',
  'errors',
  'shell',
] as const;
const allowed = {
  commands: ['cli', 'engine', 'bundles', 'config', 'addresses', 'errors'],
  cli: ['engine', 'bundles', 'config', 'addresses', 'oci', 'errors', 'shell'],
  engine: ['images', 'storage', 'containers', 'network', 'volumes', ...below],
  images: below,
  storage: below,
  containers: below,
  network: below,
  volumes: below,
  runtime: ['system', 'oci', 'errors'],
  state: ['system', 'addresses', 'oci', 'errors'],
  config: ['system', 'addresses', 'errors'],
  system: ['errors', 'shell'],
  bundles: ['addresses', 'oci', 'errors'],
  addresses: [],
  oci: [],
  events: ['errors'],
  errors: [],
  shell: [],
} as const satisfies Record<string, readonly string[]>;

/** Types alone may also cross here: the record of a container holds its options, conmon is handed a process spec. */
const allowedTypes: Partial<Record<Layer, readonly Layer[]>> = {
  runtime: ['bundles'],
  state: ['bundles'],
  system: ['bundles', 'oci'],
};

/** Single edges beside the table, each with its reason. */
const exceptions = new Set([
  // The kernel's capability numbers, a pure table, are the words of both.
  'src/system/host-facts.ts imports bundles/capabilities.ts',
]);

/** What `bundles/` may take from Node.js: facts come in as values, so nothing that reads or writes. */
const pureModules = ['node:path/posix', 'node:path', 'node:buffer', 'node:util'];

const root = join(import.meta.dirname, '..');
const imports = ['bundles', 'commands', 'src'].flatMap((folder) => sourceImports(`${folder}/**/*.ts`));
const test = suite('layering');

function layerOf(path: string): string {
  const [top = '', second = ''] = path.split('/');
  if (top !== 'src') return top;
  if (/^(engine|version)\.ts$/.test(second)) return 'engine';
  return second.replace(/\.ts$/, '');
}

const describe = ({file, target, typeOnly}: SourceImport) =>
  `${file} imports ${typeOnly ? 'types of ' : ''}${target}`;

test('every folder of src is in the table', () => {
  const known = Object.keys(allowed);
  const unknown = readdirSync(join(root, 'src')).filter((name) => !known.includes(layerOf(`src/${name}`)));
  assert.equal(unknown, []);
});

test('every import follows the table', () => {
  const wrong = imports.filter(({file, target, typeOnly}) => {
    if (!/^(bundles|commands|src)\//.test(target)) return false;
    const from = layerOf(file) as Layer;
    const to = layerOf(target) as Layer;
    const fits = from === to || (allowed[from] as readonly string[] | undefined)?.includes(to);
    return !fits && !(typeOnly && allowedTypes[from]?.includes(to));
  });
  assert.equal(
    wrong.map(describe).filter((edge) => !exceptions.has(edge)),
    [],
  );
});

test('nothing imports the tests or the tools', () => {
  const wrong = imports.filter(({target}) => /^(test|bench|packaging|build\.ts)/.test(target));
  assert.equal(wrong.map(describe), []);
});

test('bundles does no I/O', () => {
  const wrong = imports.filter(
    ({file, target, typeOnly}) =>
      file.startsWith('bundles/') && !target.includes('/') && !typeOnly && !pureModules.includes(target),
  );
  assert.equal(wrong.map(describe), []);
});

test('one file each owns node:ffi and execa', () => {
  const owners = new Map([
    ['node:ffi', 'src/system/libc.ts'],
    ['execa', 'src/system/program.ts'],
  ]);
  const wrong = imports.filter(
    ({file, target, typeOnly}) => !typeOnly && (owners.get(target) ?? file) !== file,
  );
  assert.equal(wrong.map(describe), []);
});

test.run();
