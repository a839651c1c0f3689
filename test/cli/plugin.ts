// An oclif plugin beside crundle's own commands: it is found, and it can call them.
import {spawnSync} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';

const test = suite<{root: string}>('plugin');
const source = join(import.meta.dirname, '../..');

test.before((context) => {
  const root = mkdtempSync(join(tmpdir(), 'crundle-plugin-'));
  context.root = root;
  for (const name of ['dist', 'oclif.manifest.json'])
    cpSync(join(source, name), join(root, name), {recursive: true});
  const packageJson = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as {oclif: object};
  const oclif = {...packageJson.oclif, plugins: ['crundle-hello']};
  writeFileSync(
    join(root, 'package.json'),
    JSON.stringify({...packageJson, oclif, dependencies: {'crundle-hello': '1'}}),
  );
  const plugin = join(root, 'node_modules/crundle-hello');
  mkdirSync(join(plugin, 'commands'), {recursive: true});
  writeFileSync(
    join(plugin, 'package.json'),
    JSON.stringify({name: 'crundle-hello', version: '1.0.0', oclif: {commands: './commands'}}),
  );
  writeFileSync(
    join(plugin, 'commands/hello.js'),
    `module.exports = class {
  static args = {}; static flags = {};
  static async run(argv, config) {
    console.log('hello ' + argv.join(' '));
    await config.runCommand('version', ['--format', '{{.Client.Os}}']);
  }
};`,
  );
});

test.after(({root}) => rmSync(root, {recursive: true}));

test('its command runs, and calls one of crundle', ({root}) => {
  const {status, stdout, stderr} = spawnSync(
    process.execPath,
    ['--', join(root, 'dist/crundle.cjs'), 'hello', 'a', 'b'],
    {
      encoding: 'utf8',
    },
  );
  assert.equal({status, stdout, stderr}, {status: 0, stdout: 'hello a b\nlinux\n', stderr: ''});
});

test('the manifest lists every command with its flags', ({root}) => {
  const manifest = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8')) as {
    commands: Record<string, {flags: object; summary?: string}>;
  };
  assert.ok(Object.keys(manifest.commands.run?.flags ?? {}).includes('memory'));
  for (const [id, {summary}] of Object.entries(manifest.commands)) assert.type(summary, 'string', id);
});

test.run();
