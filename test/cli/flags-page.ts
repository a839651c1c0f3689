import {readFileSync} from 'node:fs';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import Create from '../../commands/create.ts';
import Run from '../../commands/run.ts';
import {flagsPage, ownFlags, strayNotes} from '../../docs/flags.ts';
import {unsupportedContainerChars, unsupportedContainerFlags} from '../../src/cli/unsupported-flags.ts';
import {dockerRunFlags, dockerRunOnlyFlags} from '../support/docker-28-flags.ts';

test('docs/flags.md is what `node docs/flags.ts` writes today', () => {
  assert.fixture(readFileSync(new URL('../../docs/flags.md', import.meta.url), 'utf8'), flagsPage());
});

test('every flag of Docker 28 has a line in it, and so have crundle’s own', () => {
  const shown = [...flagsPage().matchAll(/^\| (?:`-\w`, )?`--([\w-]+)` \|/gm)].map(([, name = '']) => name);
  const docker = dockerRunFlags.map(({name}) => name).sort();
  assert.equal(shown, [...docker, ...Object.keys(ownFlags)]);
  assert.equal(
    Object.keys(Run.flags).filter((name) => !docker.includes(name)),
    Object.keys(ownFlags),
  );
});

test('each is built or refused by name, with Docker’s letter', () => {
  assert.ok(dockerRunFlags.length > 100);
  const built: Record<string, {char?: string | undefined}> = Run.flags;
  for (const {name, char} of dockerRunFlags) {
    assert.is.not(name in built, Object.hasOwn(unsupportedContainerFlags, name), `--${name}`);
    if (name in built) assert.is(built[name]?.char, char, `letter of --${name}`);
    else if (char !== undefined) assert.is(unsupportedContainerChars[char], name, `letter of --${name}`);
  }
});

test('create has all but those of a running container', () => {
  const missing = Object.keys(Run.flags).filter((name) => !(name in Create.flags));
  assert.equal(missing.sort(), [...dockerRunOnlyFlags]);
});

test('each note is on a flag that is supported', () => {
  assert.equal(strayNotes(), []);
});

test.run();
