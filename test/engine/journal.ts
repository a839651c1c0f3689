// What the engine does, as the journal and an embedder's listener hear of it.
import {execFileSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {journalFields} from '../../src/engine/journal.ts';
import {Engine, type EngineEvent} from '../../src/engine.ts';
import {volumeEvent} from '../../src/events.ts';
import {Journal} from '../../src/system/journal.ts';
import {type Journald, startJournald} from '../support/journald.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {assertHostClean, crundle, crundleOk, crundlePath, testHost} from '../support/test-host.ts';

const test = suite('engine journal');
const container = 'a'.repeat(64);
const time = new Date('2026-01-02T03:04:05Z');
const {image} = await serveBusybox(test);
let journald: Journald;

test.before(async () => {
  journald = await startJournald();
});
test.after(async () => await journald[Symbol.asyncDispose]());

function event(action: EngineEvent['action'], attributes: Record<string, string> = {}): EngineEvent {
  const given = {secret: 'of a label', image: 'busybox', name: 'web', ...attributes};
  return {type: 'container', action, actor: {id: container, attributes: given}, time} as EngineEvent;
}

test('the fields of an end, without labels', () => {
  assert.equal(journalFields(event('die', {exitCode: '3', execDuration: '12'})), {
    MESSAGE: 'container web ended with exit code 3 after 12 s',
    MESSAGE_ID: '0fd72c735e204cf99eca517668faac9a',
    PRIORITY: '5',
    SYSLOG_IDENTIFIER: 'crundle',
    SYSLOG_FACILITY: '3',
    CRUNDLE_EVENT: 'die',
    CRUNDLE_TYPE: 'container',
    CRUNDLE_CONTAINER: 'web',
    CRUNDLE_CONTAINER_ID: container,
    CRUNDLE_IMAGE: 'busybox',
    CRUNDLE_EXIT_CODE: '3',
  });
});

const words: [EngineEvent, string, string][] = [
  [event('create'), '6', 'created container web from busybox'],
  [event('start'), '6', 'started container web'],
  [event('kill', {signal: '15'}), '6', 'sent SIGTERM to container web'],
  [event('kill', {signal: '37'}), '6', 'sent SIGRTMIN+3 to container web'],
  [event('oom'), '4', 'container web ran out of memory: the kernel killed a process in it'],
  [event('die', {exitCode: '0', execDuration: '0'}), '6', 'container web ended with exit code 0 after 0 s'],
  [event('die', {exitCode: '255'}), '5', 'container web ended with exit code 255'],
  [
    event('heal', {reason: 'its start was interrupted'}),
    '4',
    'mended container web: its start was interrupted',
  ],
  [
    event('refuse', {task: 'start', code: 'program-missing', reason: 'cannot run crun', hint: 'install it'}),
    '3',
    'cannot start container web: cannot run crun (install it)',
  ],
  [
    {type: 'network', action: 'connect', actor: {id: 'n', attributes: {name: 'shop', container}}, time},
    '6',
    'connected container aaaaaaaaaaaa to network shop',
  ],
  [
    {type: 'image', action: 'delete', actor: {id: 'sha256:1', attributes: {name: 'sha256:1'}}, time},
    '6',
    'deleted image sha256:1',
  ],
];

for (const [told, priority, message] of words) {
  test(`'${message}' has priority ${priority}`, () => {
    const {MESSAGE, PRIORITY} = journalFields(told);
    assert.equal([MESSAGE, PRIORITY], [message, priority]);
  });
}

test('a volume is named by its id', () => {
  const {MESSAGE, CRUNDLE_VOLUME} = journalFields(volumeEvent('create', 'data'));
  assert.equal([MESSAGE, CRUNDLE_VOLUME], ['created volume data', 'data']);
});

test('a label named as an attribute is not taken for one', () => {
  assert.is(journalFields(event('start', {exitCode: '7', signal: '9'})).CRUNDLE_EXIT_CODE, undefined);
});

const actionsOf = async (count: number, ...matches: string[]) =>
  (await journald.entries(count, ...matches)).map(({CRUNDLE_EVENT}) => CRUNDLE_EVENT);

test('the journal has the life of a container under its name, and no secret of its command line', async () => {
  const secret = 'do-not-tell-5309';
  const line = ['run', '-d', '--name', 'web', '-e', `PASSWORD=${secret}`, '-l', `token=${secret}`];
  const id = await crundleOk([...line, image, 'sleep', '60']);
  await crundleOk(['restart', '-t', '0', 'web']);
  await crundleOk(['kill', '-s', 'TERM', 'web']);
  await crundleOk(['stop', '-t', '0', 'web']);
  await crundleOk(['rm', 'web']);
  const expected = [
    ...['create', 'start'],
    ...['kill', 'kill', 'die', 'stop', 'start', 'restart'],
    ...['kill', 'kill', 'kill', 'die', 'stop', 'destroy'],
  ];
  assert.equal(await actionsOf(expected.length, 'CRUNDLE_CONTAINER=web'), expected);
  const [died] = await journald.entries(2, 'CRUNDLE_CONTAINER=web', 'CRUNDLE_EVENT=die');
  assert.is(died?.CRUNDLE_EXIT_CODE, '137');
  assert.is(died?.CRUNDLE_CONTAINER_ID, id);
  assert.is(died?.CRUNDLE_IMAGE, image);
  assert.is(died?._COMM, 'crundle restart');
  assert.not.ok(journald.shown('--output=json').includes(secret));
  assert.match(journald.shown('-t', 'crundle'), / crundle\[\d+\]: started container web\n/);
});

test('the end of a container that nobody attends is told by the exit command', async () => {
  await crundleOk(['run', '-d', '--name', 'short', image, 'sh', '-c', 'exit 3']);
  const [died] = await journald.entries(1, 'CRUNDLE_CONTAINER=short', 'CRUNDLE_EVENT=die');
  assert.is(died?.CRUNDLE_EXIT_CODE, '3');
  await crundleOk(['rm', '-f', 'short']);
});

function parentOf(pid: number): number {
  return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
}

test('a restart policy is told of as ends and starts', async () => {
  const policy = ['--restart', 'on-failure:1'];
  await crundleOk(['run', '-d', '--name', 'again', ...policy, image, 'sh', '-c', 'exit 3']);
  assert.equal(await actionsOf(5, 'CRUNDLE_CONTAINER=again'), ['create', 'start', 'die', 'start', 'die']);
  await crundleOk(['rm', '-f', 'again']);
});

test('a refused start says why, once', async () => {
  const {status} = await crundle(['run', '--rm', '--name', 'broken', image, '/no/such/program']);
  assert.is(status, 127);
  await journald.entries(1, 'CRUNDLE_CONTAINER=broken', 'CRUNDLE_EVENT=destroy');
  const refused = await journald.entries(1, 'CRUNDLE_CONTAINER=broken', 'CRUNDLE_EVENT=refuse');
  assert.equal(
    refused.map(({MESSAGE, PRIORITY, CRUNDLE_ERROR}) => [MESSAGE, PRIORITY, CRUNDLE_ERROR]),
    [
      [
        'cannot start container broken: exec: "/no/such/program": no such file or directory',
        '3',
        'command-not-found',
      ],
    ],
  );
});

test('a refused pull is told once, of the image', async () => {
  const absent = image.replace('busybox', 'absent');
  assert.is((await crundle(['run', '--name', 'never', absent])).status, 125);
  const refused = await journald.entries(1, `CRUNDLE_IMAGE=${absent}`);
  assert.equal(
    refused.map(({CRUNDLE_EVENT, CRUNDLE_TYPE, CRUNDLE_ERROR}) => [
      CRUNDLE_EVENT,
      CRUNDLE_TYPE,
      CRUNDLE_ERROR,
    ]),
    [['refuse', 'image', 'manifest-not-found']],
  );
});

test('what is no reference is not told of, whatever was typed', async () => {
  assert.is((await crundle(['pull', 'https://ali:sesame-8841@reg.example/app'])).status, 1);
  assert.is((await crundle(['create', '--name', '-sesame-8841', image])).status, 1);
  await crundleOk(['rm', await crundleOk(['create', '--name', 'later', image])]);
  await journald.entries(2, 'CRUNDLE_CONTAINER=later');
  assert.not.ok(journald.shown('--output=json').includes('sesame-8841'));
});

test('a container whose conmon was killed is healed', async () => {
  await crundleOk(['run', '-d', '--name', 'orphan', image, 'sleep', '60']);
  const pid = await crundleOk(['inspect', '-f', '{{.State.Pid}}', 'orphan']);
  process.kill(parentOf(Number(pid)), 'SIGKILL');
  await crundleOk(['ps']);
  const told = await journald.entries(4, 'CRUNDLE_CONTAINER=orphan');
  assert.equal(
    told.map(({CRUNDLE_EVENT}) => CRUNDLE_EVENT),
    ['create', 'start', 'die', 'heal'],
  );
  assert.is(told.at(-1)?.MESSAGE, 'mended container orphan: it was found ended, and nobody had seen to it');
  await crundleOk(['rm', 'orphan']);
});

test('an end for want of memory is told before the end', async () => {
  const id = await crundleOk(['run', '-d', '--name', 'large', '--network', 'none', image, 'sleep', '60']);
  writeFileSync(join(testHost.runRoot, 'containers', id, 'oom'), '');
  await crundleOk(['kill', 'large']);
  await crundleOk(['wait', 'large']);
  assert.equal(await actionsOf(5, 'CRUNDLE_CONTAINER=large'), ['create', 'start', 'kill', 'oom', 'die']);
  await crundleOk(['rm', 'large']);
});

test('a journal that hangs holds no command up', async () => {
  await journald.whileHanging(async () => {
    const journal = new Journal();
    for (let count = 0; count < 5000; count++) journal.write({MESSAGE: 'fill', SYSLOG_IDENTIFIER: 'fill'});
    assert.is(await crundleOk(['run', '--rm', '--name', 'unheard', image, 'echo', 'hi']), 'hi');
  });
  await crundleOk(['run', '--rm', '--name', 'heard', image, 'true']);
  assert.equal(await actionsOf(4, 'CRUNDLE_CONTAINER=heard'), ['create', 'start', 'die', 'destroy']);
  assert.is(journald.shown('CRUNDLE_CONTAINER=unheard'), '');
});

test('networks are told of, and bridges that were missing', async () => {
  const id = await crundleOk(['network', 'create', 'shop']);
  await crundleOk(['run', '-d', '--name', 'till', '--network', 'shop', image, 'sleep', '60']);
  execFileSync('nft', ['flush', 'ruleset']);
  await crundleOk(['ps']);
  await crundleOk(['network', 'disconnect', 'shop', 'till']);
  await crundleOk(['rm', '-f', 'till']);
  await crundleOk(['network', 'rm', 'shop']);
  const told = await journald.entries(4, 'CRUNDLE_NETWORK=shop');
  assert.equal(
    told.map(({CRUNDLE_EVENT, CRUNDLE_NETWORK_ID}) => [CRUNDLE_EVENT, CRUNDLE_NETWORK_ID]),
    ['create', 'heal', 'disconnect', 'destroy'].map((action) => [action, id]),
  );
  await assertHostClean();
});

test("an embedder hears the same events in Docker's shape, and may leave the journal out", async () => {
  const heard: EngineEvent[] = [];
  await using engine = await Engine.open({
    program: [crundlePath],
    onEvent: (event) => heard.push(event),
    journal: false,
  });
  const {id} = await engine.containers.create({
    image,
    name: 'embedded',
    options: {labels: {tier: 'test'}, command: ['true']},
  });
  await engine.containers.start(id, {attach: true}).then((session) => session.exit);
  await engine.containers.remove(id);
  const own = heard.filter(({type}) => type === 'container');
  assert.equal(
    own.map(({action, actor, routine}) => [action, actor.id, routine]),
    [
      ['create', id, undefined],
      ['attach', id, true],
      ['start', id, undefined],
      ['die', id, undefined],
      ['destroy', id, undefined],
    ],
  );
  assert.equal(
    heard.filter(({type}) => type !== 'container').map(({type, action, routine}) => [type, action, routine]),
    ['connect', 'disconnect'].map((action) => ['network', action, true]),
  );
  assert.equal(own[3]?.actor.attributes, {
    tier: 'test',
    image,
    name: 'embedded',
    exitCode: '0',
    execDuration: '0',
  });
  assert.is(journald.shown('CRUNDLE_CONTAINER=embedded'), '');
});

test.run();
