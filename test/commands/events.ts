// `crundle events`: what other commands do, as it happens and afterwards, and what nobody's command did.
import {mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {Engine} from '../../src/engine.ts';
import {conmonOf} from '../support/reboot.ts';
import {serveBusybox} from '../support/served-busybox.ts';
import {
  assertHostClean,
  crundle,
  crundleOk,
  crundlePath,
  spawnCrundle,
  testHost,
} from '../support/test-host.ts';

const test = suite('crundle events');
const {image} = await serveBusybox(test);
const plain = ['--network', 'none'];

test.after.each(async () => {
  const ids = (await crundleOk(['ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await crundleOk(['rm', '-f', '-v', ...ids]);
  await assertHostClean();
});

const now = () => String(Date.now() / 1000);

async function told(since: string, ...flags: string[]): Promise<string[]> {
  const line = ['events', '--since', since, '--until', '0s', '--format', '{{.Type}} {{.Action}}', ...flags];
  return (await crundleOk(line)).split('\n').filter(Boolean);
}

async function toldAfterwards(since: string, last: string, ...flags: string[]): Promise<string[]> {
  for (let attempt = 0; ; attempt += 1) {
    const found = await told(since, ...flags);
    if (found.at(-1) === last || attempt === 100) return found;
    await sleep(50);
  }
}

const life = [
  ...['container create', 'network connect', 'container start'],
  ...['container die', 'network disconnect', 'container destroy'],
];

test('the end that conmon told of is there, and nothing is shown twice', async () => {
  const since = now();
  await crundleOk(['run', '-d', '--rm', ...plain, '--name', 'web', image, 'true']);
  assert.equal(await toldAfterwards(since, 'container destroy'), life);
});

test('the end that nobody saw is there when somebody has found it', async () => {
  const id = await crundleOk(['run', '-d', '--rm', ...plain, '--name', 'web', image, 'sleep', '1000']);
  const since = now();
  process.kill(conmonOf(id), 'SIGKILL');
  await crundleOk(['ps']);
  assert.equal(await told(since), [
    ...['container die', 'network disconnect', 'container destroy'],
    'container heal',
  ]);
});

test('who follows sees what others do, and ends by ctrl-C', async () => {
  const events = spawnCrundle(['events', '--format', '{{.Action}} {{.Actor.Attributes.name}}']);
  let shown = '';
  events.stdout?.setEncoding('utf8').on('data', (text) => (shown += text));
  // It has no way to say that it listens.
  const deadline = performance.now() + 30_000;
  for (let count = 0; shown === ''; count += 1) {
    assert.ok(performance.now() < deadline, 'nothing is shown');
    await crundleOk(['volume', 'create', `v${count}`]);
    await sleep(20);
  }
  await crundleOk(['create', ...plain, '--name', 'web', image, 'true']);
  while (!shown.includes('create web\n')) {
    assert.ok(performance.now() < deadline, `shown is ${shown}`);
    await sleep(5);
  }
  const ended = new Promise((resolve) => events.once('close', (status, signal) => resolve([status, signal])));
  events.kill('SIGINT');
  assert.equal(await ended, [null, 'SIGINT']);
  await crundleOk(['volume', 'prune', '-af']);
});

test('an idle follower sleeps', async () => {
  const events = spawnCrundle(['events']);
  // It has no way to say that it listens: a second in which it does nothing comes when it has loaded.
  const deadline = performance.now() + 30_000;
  for (let [before, now] = [-1000, 0]; now - before > 1; [before, now] = [now, cpuTicks(events.pid ?? 0)]) {
    assert.ok(performance.now() < deadline, `${now - before} ticks of 10 ms in the last second`);
    await sleep(1000);
  }
  events.kill('SIGTERM');
  await new Promise((resolve) => events.once('close', resolve));
});

function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

test('lines and JSON have the fields and the form of Docker', async () => {
  const since = now();
  const id = await crundleOk(['create', ...plain, '--name', 'web', '-l', 'b=2', '-l', 'a=1', image, 'true']);
  const ask = ['events', '--since', since, '--until', '0s', '-f', 'event=create'];
  const line = await crundleOk(ask, {env: {TZ: 'UTC'}});
  const details = `(a=1, b=2, image=${image}, name=web)`;
  assert.is(line.replace(/^\S+/, 'TIME'), `TIME container create ${id} ${details}`);
  assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /);
  const east = await crundleOk(ask, {env: {TZ: 'Asia/Kolkata'}});
  assert.match(east, /^\S+\.\d{9}\+05:30 container create /);
  assert.is(Date.parse(`${east.slice(0, 23)}+05:30`), Date.parse(`${line.slice(0, 23)}Z`));
  const [json, template] = await Promise.all(
    ['json', '{{json .}}'].map((format) => crundleOk([...ask, '--format', format])),
  );
  assert.is(json, template);
  const nano = /"timeNano":(\d{19})\}$/.exec(json ?? '')?.[1] ?? '';
  assert.is(await crundleOk([...ask, '--format', '{{.TimeNano}} {{.Time}}']), `${nano} ${nano.slice(0, 10)}`);
  assert.equal(Object.entries(JSON.parse(json ?? '')).slice(0, -1), [
    ...[
      ['status', 'create'],
      ['id', id],
      ['from', image],
      ['Type', 'container'],
      ['Action', 'create'],
    ],
    ['Actor', {ID: id, Attributes: {a: '1', b: '2', image, name: 'web'}}],
    ...[
      ['scope', 'local'],
      ['time', Number(nano.slice(0, 10))],
    ],
  ]);
});

const refusals: [string[], number, string][] = [
  [
    ['-f', 'nonsense'],
    125,
    'invalid argument "nonsense" for "-f, --filter" flag: bad format of filter (expected name=value)',
  ],
  [['-f', 'nonsense=x'], 1, "invalid filter 'nonsense'"],
  [['--since', 'soon'], 1, 'failed to parse value as time or duration: "soon"'],
  [['--format', '{{.Actor'], 64, 'template parsing error: template: :1:0: unclosed action'],
  [['--since', '1s', '--until', '1h'], 1, '`since` time'],
];

for (const [flags, status, words] of refusals) {
  test(`refused: ${flags.join(' ')}`, async () => {
    const result = await crundle(['events', '--until', '0s', ...flags]);
    assert.is(result.status, status);
    assert.ok(result.stderr.startsWith(`Error: ${words}`), result.stderr);
  });
}

test('where no event can be kept, nothing fails', async () => {
  const folder = join(testHost.dataRoot, 'events');
  rmSync(folder, {recursive: true});
  writeFileSync(folder, 'in the way');
  try {
    const result = await crundle(['run', '--rm', ...plain, image, 'echo', 'fine']);
    assert.equal(result, {status: 0, stdout: 'fine\n', stderr: ''});
  } finally {
    rmSync(folder);
    mkdirSync(folder, {mode: 0o700});
  }
});

test('an embedder reads them too, with what ended its reading', async () => {
  await using engine = await Engine.open({journal: false});
  const since = BigInt(Date.now()) * 1_000_000n;
  await engine.containers.create({image, name: 'web', options: {network: {kind: 'none'}}});
  const stop = new AbortController();
  const found: string[] = [];
  const filters = {container: ['web']};
  for await (const {type, action, actor} of engine.events({since, filters, signal: stop.signal})) {
    found.push(`${type} ${action} ${actor.attributes.name}`);
    if (action === 'create') await crundleOk(['rm', 'web']);
    else stop.abort();
  }
  assert.equal(found, ['container create web', 'container destroy web']);
});

test('a session is told of: attach, resize, detach; its end is no detach', async () => {
  const since = now();
  await using engine = await Engine.open({journal: false, program: [crundlePath]});
  const options = {network: {kind: 'none'}, tty: true, openStdin: true} as const;
  await engine.containers.create({image, name: 'web', options: {...options, command: ['cat']}});
  const first = await engine.containers.start('web', {attach: true});
  first.resize({columns: 80, rows: 25});
  first.close();
  const second = await engine.containers.attach('web');
  await engine.containers.kill('web');
  await second.exit;
  second.close();
  const shown = await told(
    since,
    '-f',
    'container=web',
    '--format',
    '{{.Action}}{{.Actor.Attributes.width}}',
  );
  const plainActions = shown.map((line) => line.replace('<no value>', ''));
  assert.equal(plainActions, ['create', 'attach', 'start', 'resize80', 'detach', 'attach', 'kill', 'die']);
});

test.run();
