import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {layerText, pullDisplayOn} from '../../../src/cli/output/pull-display.ts';

const test = suite('pull display');

function collect(options: {columns?: number} = {}) {
  const written: string[] = [];
  return {written, target: {...options, write: (text: string) => written.push(text)}};
}

test('in a pipe each change of a layer is a line, and byte counts are none', () => {
  const {written, target} = collect();
  const show = pullDisplayOn(target);
  show({kind: 'status', text: '3: Pulling from library/alpine'});
  show({kind: 'layer', id: 'aaaaaaaaaaaa', status: 'Pulling fs layer'});
  show({kind: 'layer', id: 'aaaaaaaaaaaa', status: 'Downloading', current: 1, total: 2});
  show({kind: 'layer', id: 'aaaaaaaaaaaa', status: 'Download complete'});
  show({kind: 'layer', id: 'aaaaaaaaaaaa', status: 'Download complete'});
  assert.is(
    written.join(''),
    '3: Pulling from library/alpine\naaaaaaaaaaaa: Pulling fs layer\naaaaaaaaaaaa: Download complete\n',
  );
});

test('on a terminal the line of a layer is redrawn where it stands', () => {
  const {written, target} = collect({columns: 80});
  const show = pullDisplayOn(target);
  show({kind: 'layer', id: 'aaaaaaaaaaaa', status: 'Waiting'});
  show({kind: 'layer', id: 'bbbbbbbbbbbb', status: 'Waiting'});
  show({kind: 'layer', id: 'aaaaaaaaaaaa', status: 'Pull complete'});
  assert.is(written.at(-1), '\u001b[2A\r\u001b[2Kaaaaaaaaaaaa: Pull complete\r\u001b[2B');
});

test('a wide terminal has room for a bar', () => {
  const half = {kind: 'layer', id: 'a', status: 'Downloading', current: 1_500_000, total: 3_000_000} as const;
  assert.is(layerText(half, 80), 'Downloading    1.5MB/3MB');
  assert.is(layerText(half, 120), `Downloading [${'='.repeat(25)}>${' '.repeat(25)}]    1.5MB/3MB`);
});

test.run();
