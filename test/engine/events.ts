// engine.events: which of the told events a reader gets, and when its reading ends.
import {mkdtempSync, readdirSync, readlinkSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type EventFilters, eventFilterKeys} from '../../src/engine/event-filter.ts';
import {keepEvents, parseEvent} from '../../src/engine/event-log.ts';
import {type EventOptions, readEvents} from '../../src/engine/events.ts';
import type {EngineEvent, EventListener} from '../../src/events.ts';
import {EventLog} from '../../src/state/event-log.ts';
import {engineErrorOf} from '../support/engine-error.ts';
import {testHost} from '../support/test-host.ts';

const test = suite<{folder: string; tell: EventListener}>('engine events');
const id = 'a'.repeat(64);
const hour = 3_600_000;
const begin = Date.now() - hour;

test.before.each((context) => {
  context.folder = mkdtempSync(join(testHost.tmp, 'events-'));
  context.tell = keepEvents(new EventLog(context.folder));
});
test.after.each(({folder}) => rmSync(folder, {recursive: true}));

function event(action: string, more: Partial<Omit<EngineEvent, 'action'>> = {}): EngineEvent {
  const actor = {id, attributes: {image: 'busybox:1', name: 'web', color: 'red'}};
  return {type: 'container', actor, time: new Date(), ...more, action} as EngineEvent;
}

async function actions(folder: string, options: EventOptions): Promise<string[]> {
  const found: string[] = [];
  for await (const {action} of readEvents(folder, options)) found.push(action);
  return found;
}

// After what was told in this millisecond.
const soon = () => new Date(Date.now() + 2);

test('since and until take what was told at just that time', async ({folder, tell}) => {
  for (const [index, action] of ['create', 'start', 'die', 'destroy'].entries())
    tell(event(action, {time: new Date(begin + index * 1000)}));
  const at = (index: number) => new Date(begin + index * 1000);
  // What lies below a millisecond is made up by the clock of the writer: an event at 1 s is told within its millisecond.
  const endOf = (index: number) => BigInt(begin + index * 1000) * 1_000_000n + 999_999n;
  assert.equal(await actions(folder, {since: at(1), until: endOf(2)}), ['start', 'die']);
  assert.equal(await actions(folder, {since: at(0), until: endOf(3)}), ['create', 'start', 'die', 'destroy']);
  assert.equal(await actions(folder, {until: endOf(0)}), ['create']);
  assert.equal(await actions(folder, {since: endOf(3) + 1n, until: '0s'}), []);
  assert.equal(await actions(folder, {since: '59m59.5s', until: '0s'}), ['start', 'die', 'destroy']);
  assert.equal(await actions(folder, {since: String(begin / 1000 + 2), until: '59m30s'}), ['die', 'destroy']);
});

test('times of one process go up, from the millisecond that was told', async ({folder, tell}) => {
  const time = new Date();
  for (let index = 0; index < 50; index += 1) tell(event('start', {time}));
  const times: bigint[] = [];
  for await (const {timeNano} of readEvents(folder, {since: time, until: soon()})) times.push(timeNano);
  assert.is(times.length, 50);
  assert.equal(
    times,
    [...new Set(times)].sort((a, b) => (a < b ? -1 : 1)),
  );
  assert.is(Number((times[0] ?? 0n) / 1_000_000n), time.getTime());
});

test('without since only what comes is read, until an abort', async ({folder, tell}) => {
  tell(event('create'));
  const stop = new AbortController();
  const found: string[] = [];
  for await (const {action} of readWhile(folder, {signal: stop.signal}, () => tell(event('start')))) {
    found.push(action);
    if (action === 'start') tell(event('die'));
    else stop.abort();
  }
  assert.equal(found, ['start', 'die']);
});

// Does the deed once the reader stands behind what there was.
async function* readWhile(folder: string, options: EventOptions, deed: () => void) {
  const events = readEvents(folder, options);
  const first = events.next();
  setTimeout(deed, 50);
  const {value, done} = await first;
  if (!done) yield value;
  yield* events;
}

test('an until that is still to come ends the reading then', async ({folder, tell}) => {
  const until = new Date(Date.now() + 400);
  const timer = setTimeout(() => tell(event('start')), 100);
  assert.equal(await actions(folder, {until}), ['start']);
  assert.ok(Date.now() >= until.getTime() && Date.now() < until.getTime() + 2000);
  clearTimeout(timer);
});

test('a reading that is broken off keeps no file open', async ({folder, tell}) => {
  const open = () => readdirSync('/proc/self/fd').filter((fd) => nameOf(fd).startsWith(folder)).length;
  tell(event('create'));
  const before = open();
  for await (const _ of readEvents(folder, {since: '1h'})) {
    assert.is(open(), before + 1);
    break;
  }
  assert.is(open(), before);
});

function nameOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return ''; // that of the listing itself
  }
}

const network: EngineEvent = {
  type: 'network',
  action: 'connect',
  actor: {id: 'b'.repeat(64), attributes: {name: 'web-net', container: id}},
  time: new Date(),
};
const image: EngineEvent = {
  type: 'image',
  action: 'tag',
  actor: {id: 'sha256:1', attributes: {name: 'busybox:2'}},
  time: new Date(),
};
const volume: EngineEvent = {
  type: 'volume',
  action: 'mount',
  actor: {id: 'data', attributes: {driver: 'local', container: id}},
  time: new Date(),
};

// What Docker's filters choose, as moby's daemon/events/filter.go has them.
const choices: [EventFilters, string[]][] = [
  [{}, ['start', 'exec_create: true ', 'exec_die', 'health_status: healthy', 'connect', 'tag', 'mount']],
  [{event: ['start', 'exec_die']}, ['start', 'exec_die']],
  [{event: ['exec_create']}, ['exec_create: true ']],
  [{event: ['exec']}, []],
  [{event: ['health_status']}, ['health_status: healthy']],
  [{event: ['health_status: healthy']}, ['health_status: healthy']],
  [{event: ['health_status: unhealthy']}, []],
  [{type: ['network', 'volume']}, ['connect', 'mount']],
  [{container: ['web'], type: ['container'], event: ['start']}, ['start']],
  [{container: ['we']}, ['start', 'exec_create: true ', 'exec_die', 'health_status: healthy', 'connect']],
  [{container: [id.slice(0, 12)], event: ['start']}, ['start']],
  [{container: ['other']}, []],
  [{network: ['web-net']}, ['connect']],
  [{volume: ['dat']}, ['mount']],
  [{image: ['busybox']}, ['start', 'exec_create: true ', 'exec_die', 'health_status: healthy', 'tag']],
  [{image: ['busybox:1'], event: ['start', 'tag']}, ['start']],
  [{image: ['sha256:1']}, ['tag']],
  [{image: ['busy']}, []],
  [{label: ['color=red'], event: ['start']}, ['start']],
  [{label: ['color', 'name=web'], event: ['start']}, ['start']],
  [{label: ['color=red', 'size=s']}, []],
  [{scope: ['local'], event: ['start']}, ['start']],
  [{scope: ['swarm']}, []],
  [{service: ['shop']}, []],
];

for (const [filters, expected] of choices) {
  test(`${JSON.stringify(filters)} chooses ${expected.length}`, async ({folder, tell}) => {
    for (const action of ['start', 'exec_create: true ', 'exec_die', 'health_status: healthy'])
      tell(event(action));
    for (const other of [network, image, volume]) tell(other);
    assert.equal(await actions(folder, {since: '1h', until: soon(), filters}), expected);
  });
}

test('what cannot be asked is refused', async ({folder}) => {
  await assertRefused({filters: {nonsense: ['x']} as EventFilters}, "invalid filter 'nonsense'");
  await assertRefused({since: 'soon'}, 'failed to parse value as time or duration: "soon"');
  const words = '`since` time (4.000000001) cannot be after `until` time (3.500000000)';
  await assertRefused({since: 4_000_000_001n, until: new Date(3500)}, words);

  async function assertRefused(options: EventOptions, message: string): Promise<void> {
    const error = await engineErrorOf(() => actions(folder, options));
    assert.equal([error.code, error.message], ['invalid-option', message]);
  }
});

test('the hint of a wrong filter names those that there are', async ({folder}) => {
  const error = await engineErrorOf(() => actions(folder, {filters: {x: []} as EventFilters}));
  assert.is(error.hint, `the filters of events are ${eventFilterKeys.join(', ')}`);
});

test('what is no event is passed over', () => {
  const wrong = [
    '',
    '{',
    'null',
    '[]',
    '{"type":"container"}',
    '{"timeNano":"x","type":"a","action":"b","id":"c"}',
  ];
  assert.equal(
    wrong.map(parseEvent),
    wrong.map(() => undefined),
  );
});

test.run();
