// Docker's rules for the paths of cp, without a file.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {assertsFolder, chooseTarget, copyPath, nameOfCopy, splitEntry} from '../../src/storage/copy-path.ts';

const test = suite('paths of a copy');

test('what is typed becomes absolute and keeps its end', () => {
  const cases: [string, string, string][] = [
    ['a', '/w/a', 'a'],
    ['./a/../b', '/w/b', 'b'],
    ['a/', '/w/a/', 'a'],
    ['a/.', '/w/a/.', ''],
    ['.', '/w/.', ''],
    ['..', '/', ''],
    ['/', '/', ''],
    ['/.', '/.', ''],
    ['/a/b/../', '/a/', 'a'],
    ['/a/.hidden', '/a/.hidden', '.hidden'],
  ];
  for (const [typed, path, name] of cases) {
    assert.is(copyPath(typed, '/w'), path);
    assert.is(nameOfCopy(path), name);
  }
});

test('a slash or a dot at the end asks for a folder', () => {
  assert.equal(['/a', '/a/', '/a/.', '/a/.b'].map(assertsFolder), [false, true, true, false]);
});

test('the folder and the name of an entry', () => {
  assert.equal(splitEntry('/a/b/'), {folder: '/a', name: 'b'});
  assert.equal(splitEntry('/a/.'), {folder: '/', name: 'a'});
  assert.equal(splitEntry('/a'), {folder: '/', name: 'a'});
});

test('where a copy goes', () => {
  const at = (path: string, kind: 'folder' | 'other' | 'missing') => ({path, kind, ...splitEntry(path)});
  assert.equal(chooseTarget(true, at('/d', 'folder')), {folder: '/d', name: undefined});
  assert.equal(chooseTarget(true, at('/f', 'other')), {refused: 'cannot copy directory'});
  assert.equal(chooseTarget(false, at('/f', 'other')), {folder: '/', name: 'f'});
  assert.equal(chooseTarget(true, at('/d/new/', 'missing')), {folder: '/d', name: 'new'});
  assert.equal(chooseTarget(false, at('/d/new/', 'missing')), {refused: 'no such directory'});
  assert.equal(chooseTarget(false, at('/d/new', 'missing')), {folder: '/d', name: 'new'});
});

test.run();
