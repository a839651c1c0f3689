import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {eventFormat} from '../../src/cli/event-format.ts';
import type {RecordedEvent} from '../../src/engine.ts';

const test = suite('how an event is shown');

const event: RecordedEvent = {
  type: 'container',
  action: 'exec_start: printf \u001b[2J\nforged\r\t\u007f\u009b',
  actor: {id: 'a1', attributes: {label: 'ä\nx\u0000', name: 'web'}},
  timeNano: 1_772_366_400_000_000_000n,
};
const withoutTime = (line: string) => line.replace(/^\S+ /, '');

test('a terminal gets no control character', async () => {
  const format = await eventFormat(undefined, {isTerminal: true});
  assert.is(
    withoutTime(format(event)),
    'container exec_start: printf \\x1b[2J\\nforged\\x0d\\x09\\x7f\\x9b a1 (label=ä\\nx\\x00, name=web)',
  );
});

test('elsewhere no line feed forges a line', async () => {
  const format = await eventFormat('', {isTerminal: false});
  assert.is(
    withoutTime(format(event)),
    'container exec_start: printf \u001b[2J\\nforged\r\t\u007f\u009b a1 (label=ä\\nx\u0000, name=web)',
  );
});

test('a template shows what is there', async () => {
  const format = await eventFormat('{{.Actor.Attributes.label}}', {isTerminal: true});
  assert.is(format(event), 'ä\nx\u0000');
});

test.run();
