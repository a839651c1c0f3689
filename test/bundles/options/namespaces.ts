import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {namespaceMode} from '../../../bundles/namespace-options.ts';
import {parseIpc, parsePid, parseUserNamespace, parseUts} from '../../../bundles/options/namespaces.ts';
import {engineErrorOf} from '../../support/engine-error.ts';

test('each mode, as it is written', () => {
  for (const mode of ['none', 'private', 'shareable', 'host', 'container:web']) {
    const ipc = parseIpc(mode);
    assert.is(ipc && namespaceMode(ipc), mode);
  }
  for (const mode of ['host', 'container:web']) {
    const pid = parsePid(mode);
    assert.is(pid && namespaceMode(pid), mode);
  }
  assert.is(parseUts('host'), 'host');
  assert.is(parseUserNamespace('host'), 'host');
  for (const parse of [parseIpc, parsePid, parseUts, parseUserNamespace]) assert.is(parse(''), undefined);
});

for (const [parse, text, message] of [
  [parseIpc, 'container:', 'invalid IPC mode: container:'],
  [parsePid, 'private', '--pid: invalid PID mode'],
  [parsePid, 'container:', '--pid: invalid PID mode'],
  [parseUts, 'private', '--uts: invalid UTS mode'],
  [parseUserNamespace, 'keep-id', '--userns: invalid USER mode'],
] as const) {
  test(`${parse.name} refuses ${text}`, async () => {
    const error = await engineErrorOf(() => parse(text));
    assert.is(error.code, 'invalid-option');
    assert.is(error.message, message);
  });
}

test.run();
