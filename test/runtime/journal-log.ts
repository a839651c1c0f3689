import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseJournalLine} from '../../src/runtime/journal-log.ts';

function parse(fields: Record<string, unknown>) {
  const {entry} = parseJournalLine(
    JSON.stringify({__CURSOR: 's=1', __REALTIME_TIMESTAMP: '1795546032123456', PRIORITY: '6', ...fields}),
  );
  return {...entry, line: entry.line.toString('latin1')};
}

test('a line of the journal is an entry of the log', () => {
  const plain = {time: '2026-11-24T18:47:12.123456000Z', stream: 'stdout', line: 'hi', partial: false};
  assert.equal(parse({MESSAGE: 'hi'}), plain);
  assert.equal(parse({MESSAGE: 'hi\n'}), plain);
  assert.equal(parse({MESSAGE: 'hi', PRIORITY: '3'}), {...plain, stream: 'stderr'});
  assert.equal(parse({MESSAGE: 'hi', CONTAINER_PARTIAL_MESSAGE: 'true'}), {...plain, partial: true});
  assert.equal(parse({MESSAGE: [104, 255]}), {...plain, line: 'h\xff'});
  assert.equal(parse({MESSAGE: null}), {...plain, line: ''});
});

test.run();
