// What is kept of a container's health, where the disk is full or what was kept is damaged.
import {existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {containerPaths, type EngineRoots} from '../../../src/containers/container-paths.ts';
import {keepHealth, readHealth, writeHealth} from '../../../src/containers/health/health-files.ts';
import type {HealthState} from '../../../src/containers/health/health-state.ts';
import {mount, umount} from '../../../src/system/libc.ts';
import {testHost} from '../../support/test-host.ts';

const test = suite<{roots: EngineRoots; folder: string; runFolder: string}>('files of health');

const id = 'a'.repeat(64);
const state: HealthState = {
  Status: 'unhealthy',
  FailingStreak: 2,
  Log: [{Start: '2026-03-01T12:00:00Z', End: '2026-03-01T12:00:01Z', ExitCode: 1, Output: 'x'.repeat(4096)}],
};

test.before.each((context) => {
  const folder = mkdtempSync(join(testHost.tmp, 'health-'));
  context.roots = {dataRoot: join(folder, 'data'), runRoot: join(folder, 'run')};
  Object.assign(context, containerPaths(context.roots, id));
  mkdirSync(context.folder, {recursive: true});
  mkdirSync(context.runFolder, {recursive: true});
});
test.after.each(({roots}) => rmSync(join(roots.dataRoot, '..'), {recursive: true}));

test('on a full disk nothing is kept, and nothing fails', ({roots, folder, runFolder}) => {
  writeHealth(roots, id, state);
  mount('tmpfs', folder, 'tmpfs', 0n, 'size=64k');
  try {
    writeFileSync(join(folder, 'filler'), Buffer.alloc(64 * 1024));
    keepHealth(roots, id, state);
    assert.equal(readdirSync(folder), ['filler']);
    assert.equal(readdirSync(runFolder), []);
    rmSync(join(folder, 'filler'));
    keepHealth(roots, id, state);
    assert.equal(readHealth(roots, id), state);
  } finally {
    umount(folder);
  }
});

const damaged = {
  'an empty file': '',
  'a torn one': JSON.stringify(state).slice(0, 60),
  'one that was torn behind a brace': '{"Status":"healthy","FailingStreak":0,"Log":[{}',
  'another document': '{}',
  'no object': 'null',
  'another status': JSON.stringify({...state, Status: 'fine'}),
  'a result without times': JSON.stringify({...state, Log: [{ExitCode: 0, Output: ''}]}),
  zeros: '\0'.repeat(100),
};
for (const [name, text] of Object.entries(damaged)) {
  test(`${name} is as good as nothing`, ({roots, folder}) => {
    writeFileSync(join(folder, 'health.json'), text);
    assert.is(readHealth(roots, id), undefined);
    writeHealth(roots, id, state);
    assert.equal(readHealth(roots, id), state);
  });
}

test('a folder that is gone stays gone', ({roots, folder}) => {
  rmSync(folder, {recursive: true});
  keepHealth(roots, id, state);
  assert.not(existsSync(folder));
});

test.run();
