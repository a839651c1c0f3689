// What the arguments of each command are completed with: the kind of object that they name.
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {commandList} from '../../../packaging/cli/command-list.ts';
import {completedCommand} from '../../../packaging/completions/command-line.ts';

const test = suite('completed objects');
const entries = await commandList(join(import.meta.dirname, '../../..'));

/** What nobody can know: new names, numbers, another program's words. */
const free = new Set([
  'login server',
  'logout server',
  'network create network',
  'port explain port',
  'port port',
  'rename new_name',
  'search term',
  'top options',
  'volume create volume',
]);

/** Of some commands of each kind, word for word. */
const known: Record<string, string[][]> = {
  bundle: [['images'], ['files']],
  commit: [['containers'], ['images']],
  'container inspect': [['containers']],
  cp: [
    ['containers', 'files'],
    ['containers', 'files'],
  ],
  exec: [['running'], ['files']],
  'explain run': [['images'], ['files']],
  import: [['files'], ['images']],
  inspect: [['containers', 'images', 'networks', 'volumes']],
  'network disconnect': [['networks'], ['containers']],
  rmi: [['images']],
  start: [['containers']],
  tag: [['images'], ['images']],
  'volume rm': [['volumes']],
};

const objects = ['containers', 'running', 'images', 'networks', 'volumes', 'files'];

for (const entry of entries) {
  test(entry.name, () => {
    const {arguments: sources} = completedCommand(entry);
    const names = Object.keys(entry.command.args);
    assert.is(sources.length, names.length);
    for (const [index, name] of names.entries()) {
      const of = sources[index] ?? [];
      const key = `${entry.name} ${name}`;
      assert.is(of.length === 0, free.has(key), `${key}: ${of.join(' ')}`);
      for (const source of of) assert.ok(objects.includes(String(source)), key);
      // An argument that is called for an object completes to that.
      const kind = `${name}s`;
      if (objects.includes(kind) && of.length > 0) {
        assert.ok(of.includes(kind as never) || (kind === 'containers' && of.includes('running')), key);
      }
    }
    const expected = known[entry.name];
    if (expected) assert.equal(sources, expected);
  });
}

test('the commands named here are there', () => {
  const names = entries.map(({name}) => name);
  for (const name of Object.keys(known)) assert.ok(names.includes(name), name);
  for (const key of free) assert.ok(names.includes(key.slice(0, key.lastIndexOf(' '))), key);
});

test('flags that name objects are completed with those', () => {
  const flagsOf = (name: string) => {
    const entry = entries.find((one) => one.name === name);
    return new Map(entry && completedCommand(entry).flags.map((flag) => [flag.names[0], flag.sources]));
  };
  for (const name of ['run', 'create', 'explain run']) {
    const flags = flagsOf(name);
    assert.ok(flags.get('network')?.includes('networks'), name);
    assert.ok(flags.get('volume')?.includes('volumes'), name);
    assert.ok(flags.get('volumes-from')?.includes('containers'), name);
    assert.ok(flags.get('env-file')?.includes('files'), name);
  }
  assert.ok(flagsOf('bundle').get('output')?.includes('files'));
});

test.run();
